import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/** What `langpacks/<language>/langpack.json` says of a language. */
export interface LangpackManifest {
  /** The folder's own name. */
  language: string;
  /** Adapter file names it claims; where a folder holds several of them, the first counts. */
  adapterNames: string[];
  /** Folder of the project template, relative to the manifest. */
  template: string;
  /** One sentence for people. */
  description: string;
}

/** Reads the manifest of a language that comes with the package. */
export function readManifest(language: string): LangpackManifest {
  return JSON.parse(readFileSync(join(langpackDir(language), 'langpack.json'), 'utf8')) as LangpackManifest;
}

/** Absolute path of `langpacks/<language>`. */
export function langpackDir(language: string): string {
  return join(packageRoot, 'langpacks', language);
}
