import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { describeError, RunyardError } from '../../errors/index.js';
import { ALGORITHM_NAME, type Descriptor } from '../../protocol/index.js';

/** The file by which an unpacked archive says what it is: it needs no describing. */
export const ARCHIVE_MANIFEST = 'runyard-archive.json';

const schemaOfSchema = Type.Union([Type.Boolean(), Type.Object({})]);

const archiveSchema = Type.Object({
  runyard: Type.Literal(1),
  kind: Type.Union([Type.Literal('adapter'), Type.Literal('classic')]),
  name: Type.String({ minLength: 1, maxLength: 255 }),
  protocol: Type.Union([Type.Literal(1), Type.Literal(2)]),
  algorithms: Type.Array(
    Type.Object({
      name: Type.String({ pattern: ALGORITHM_NAME.source }),
      mode: Type.String(),
      input: schemaOfSchema,
      limits: Type.Object({}),
    }),
    { minItems: 1 },
  ),
});

export type ArchiveManifest = Omit<Static<typeof archiveSchema>, 'algorithms'> & { algorithms: Descriptor[] };

const validate = new Ajv({ strict: false }).compile(archiveSchema);

/** What an unpacked archive says of itself. @throws RunyardError `project_invalid` */
export async function readArchiveManifest(dir: string): Promise<ArchiveManifest> {
  const path = join(dir, ARCHIVE_MANIFEST);
  const invalid = (what: string, cause?: unknown): RunyardError =>
    new RunyardError('project_invalid', `${path} ${what}: build the archive again with runyard build`, {
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw invalid(`cannot be read (${describeError(cause)})`, cause);
  }
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  throw invalid(`is wrong (${error?.instancePath ?? ''} ${error?.message ?? ''})`);
}
