import { RunyardError } from '../errors/index.js';
import { javascriptLangpack } from './javascript/index.js';
import type { Langpack } from './langpack.js';
import { pythonLangpack } from './python/index.js';
import { typescriptLangpack } from './typescript/index.js';

/** Every language Runyard knows. TypeScript comes before JavaScript: its adapter may have been compiled beside itself. */
export const langpacks: readonly Langpack[] = [typescriptLangpack, javascriptLangpack, pythonLangpack];

/** @throws RunyardError `project_unsupported` for a language there is no langpack for */
export function getLangpack(language: string): Langpack {
  const langpack = langpacks.find((one) => one.language === language);
  if (langpack) return langpack;
  const known = langpacks.map((one) => one.language).join(', ');
  throw new RunyardError('project_unsupported', `There is no langpack for ${language}; there are ${known}`);
}
