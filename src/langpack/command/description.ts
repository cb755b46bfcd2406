import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { RunyardError } from '../../errors/index.js';
import { ALGORITHM_NAME, type Descriptor } from '../../protocol/index.js';
import { toProjectError } from '../adapter-problem.js';
import { checkAlgorithmLimits, limitsOf } from '../algorithm-limits.js';
import type { Project } from '../langpack.js';
import type { LangpackFolder } from './langpack-command.js';

const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const schemaOfSchema = Type.Union([Type.Boolean(), Type.Object({})]);

/** What a langpack's `describe` command writes to descriptor 3, as one JSON document. */
const descriptionSchema = Type.Object({
  algorithms: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String({ pattern: ALGORITHM_NAME.source }),
        description: Type.Optional(Type.String()),
        mode: Type.Union([Type.Literal('unary'), Type.Literal('stream'), Type.Literal('batch')]),
        input: schemaOfSchema,
        output: Type.Optional(schemaOfSchema),
      }),
    ),
  ),
  /** What the adapter's `limits` says, by algorithm; not checked by the langpack. */
  limits: Type.Optional(Type.Unknown()),
  /** What is wrong with the adapter; all of it at once. */
  problems: Type.Optional(
    Type.Array(
      Type.Object({
        file: Type.String(),
        line: nullable(Type.Integer()),
        function: nullable(Type.String()),
        argument: nullable(Type.String()),
        message: Type.String(),
      }),
    ),
  ),
});

type Description = Static<typeof descriptionSchema>;

const validate = new Ajv({ strict: false }).compile<Description>(descriptionSchema);

/**
 * Reads what a langpack says of a project.
 * @throws RunyardError `project_invalid` with everything that is wrong with the project; `langpack_invalid` for an
 *   answer that is none
 */
export function readDescription(langpack: LangpackFolder, project: Project, answer: string): Descriptor[] {
  const description = parse(langpack, answer);
  const { algorithms = [], limits = {}, problems = [] } = description;
  const wrongLimits = checkAlgorithmLimits(limits, algorithms);
  const all = [
    ...problems.map((one) => ({
      file: one.file,
      line: one.line ?? null,
      function: one.function ?? null,
      argument: one.argument ?? null,
      message: one.message,
    })),
    ...(problems.length > 0 ? [] : wrongLimits).map((message) => ({
      file: project.adapter.slice(project.dir.length + 1),
      line: null,
      function: null,
      argument: null,
      message,
    })),
  ];
  if (all.length > 0) throw toProjectError(project, all);
  return algorithms.map((one) => ({ ...(one as Descriptor), limits: limitsOf(limits, one.name) }));
}

function parse({ manifest }: LangpackFolder, answer: string): Description {
  const invalid = (what: string, cause?: unknown): RunyardError =>
    new RunyardError('langpack_invalid', `The describe command of ${manifest.language} ${what}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch (cause) {
    throw invalid(`wrote no JSON to descriptor 3, but ${JSON.stringify(answer.slice(0, 200))}`, cause);
  }
  if (validate(value)) return value;
  const [error] = validate.errors ?? [];
  throw invalid(`answered wrongly: ${error?.instancePath ?? ''} ${error?.message ?? ''}`);
}
