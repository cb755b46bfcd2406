import { Type, type Static } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import { packageRoot } from './package-root.js';

const text = (description: string) => Type.String({ minLength: 1, description });
const texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });
const command = (description: string) =>
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description });

/** The one definition of langpack.json: type, validation and docs/langpacks.md come from it. */
export const manifestSchema = Type.Object(
  {
    language: Type.String({ pattern: '^[a-z][a-z0-9]{0,31}$', description: 'The folder’s own name' }),
    description: text('One sentence for people: which version, what becomes a schema'),
    adapterNames: texts('Adapter file names; where a folder holds several of them, the first counts'),
    template: Type.String({ default: 'template', description: 'Folder of the project template' }),
    classic: Type.Optional(
      Type.Object(
        {
          source: Type.Union(
            [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
            {
              description:
                'Where a classic project has its `apply`, with `__ALGO__` for the algorithm’s name; of several places the first that is there counts',
            },
          ),
          template: Type.String({ default: 'classic', description: 'Folder of the classic template' }),
          names: Type.Optional(texts('What else `language` in algorithmia.conf may say, such as `python3`')),
        },
        { additionalProperties: false, description: 'Projects with an `apply` that takes anything' },
      ),
    ),
    toolchain: Type.Optional(
      Type.Object(
        {
          programs: texts('Programs that have to be on the PATH'),
          files: Type.Optional(texts('Files that have to be there, as absolute paths, such as headers')),
          debian: texts('Debian packages that bring them'),
          runtime: Type.Optional(
            texts('Debian packages that run what was built, where that takes fewer of them'),
          ),
        },
        { additionalProperties: false, description: 'What the language needs of the machine' },
      ),
    ),
    sources: Type.Optional(
      texts('Files that make a project’s description stale: endings (`.rb`), or whole names (`Gemfile`)'),
    ),
    ignore: Type.Optional(texts('Folders that hold no sources, such as `target`')),
    dependencies: Type.Optional(texts('Files whose change makes `setup` run again, such as `Gemfile.lock`')),
    fetch: Type.Optional(
      text(
        'Line of a shell, for a layer of images, that fetches what `dependencies` ask for into the cache of its tool',
      ),
    ),
    environment: Type.Optional(
      texts('Variables that `setup` and `describe` see beyond what children see, such as `GOPROXY`'),
    ),
    commands: Type.Optional(
      Type.Object(
        {
          setup: Type.Optional(command('Installs a project’s dependencies')),
          describe: command('Writes the algorithms of a project to descriptor 3; builds it where need be'),
          pipe: command('Serves a project by version 2 of the pipe; a classic one by version 1'),
          pack: Type.Optional(command('Adds to an algorithm.zip what the project’s folder does not hold')),
        },
        { additionalProperties: false },
      ),
    ),
    cannot: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description:
          'Cases of the conformance suite that the language cannot express (`moment`, or `moment: no date` for one value of it), each with the reason',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What `langpacks/<language>/langpack.json` says of a language. */
export type LangpackManifest = Static<typeof manifestSchema>;

const validate = new Ajv({ useDefaults: true, strict: false }).compile<LangpackManifest>(manifestSchema);

/** Reads the manifest in a langpack's folder. @throws RunyardError `langpack_invalid` naming file and key */
export function readManifest(dir: string): LangpackManifest {
  const path = join(dir, 'langpack.json');
  const manifest = parse(path);
  if (!validate(manifest)) {
    const [error] = validate.errors ?? [];
    const extra = (error?.params as { additionalProperty?: string } | undefined)?.additionalProperty;
    const at = [error?.instancePath.slice(1).replaceAll('/', '.'), extra].filter(Boolean).join('.');
    throw invalid(`${path}: ${at === '' ? 'it' : at} ${error?.message ?? 'is wrong'}`);
  }
  if (manifest.language === basename(dir)) return manifest;
  throw invalid(`${path}: language is ${manifest.language}, but the folder is called ${basename(dir)}`);
}

/** Absolute path of the folder of a language that comes with the package. */
export function langpackDir(language: string): string {
  return join(packageRoot, 'langpacks', language);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw invalid(`${path} cannot be read: ${describeError(cause)}`, cause);
  }
}

function invalid(message: string, cause?: unknown): RunyardError {
  return new RunyardError('langpack_invalid', message, { cause });
}
