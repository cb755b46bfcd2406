import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describeError, RunyardError } from '../errors/index.js';
import type { FieldError, JsonSchema } from '../protocol/index.js';
import { toFieldErrors } from './field-errors.js';
import { describeTooDeep, isDeeperThan, MAX_DEPTH } from './nesting.js';

/** Says what is wrong with the arguments, field by field; undefined when nothing is. */
export type InputValidator = (args: unknown) => FieldError[] | undefined;

/**
 * A validator for a schema. It is compiled at the first call, into code (`new Function`): that costs milliseconds,
 * and a yard of many algorithms uses few of them. For schemas of the yard's own projects only, never for one that came
 * over a wire. The validator throws RunyardError `project_invalid` when the schema itself cannot be compiled.
 */
export function compileInput(schema: JsonSchema): InputValidator {
  let compiled: ValidateFunction | undefined;
  return (args) => {
    if (isDeeperThan(args, MAX_DEPTH)) return [{ path: '', message: describeTooDeep(MAX_DEPTH) }];
    const validate = (compiled ??= compile(schema));
    if (validate(args)) return undefined;
    return toFieldErrors(validate.errors ?? []);
  };
}

/** Languages read bad base64 differently, and some without a word: it is refused before it reaches them. */
function fitsType(type: string, value: unknown): boolean {
  if (type !== 'bytes' || typeof value !== 'object' || value === null) return true;
  const text = (value as { $binary?: unknown }).$binary;
  return typeof text !== 'string' || isBase64(text);
}

function isBase64(text: string): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(padding > 0 ? text.slice(0, -padding) : text);
}

function compile(schema: JsonSchema): ValidateFunction {
  // An instance of its own per schema: a shared one would keep the schemas of replaced projects for good, and two
  // projects may use the same $id.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    meta: false,
    validateSchema: false,
    logger: false,
  });
  formats.default(ajv);
  ajv.addKeyword({ keyword: 'x-type', validate: fitsType, error: { message: 'expected base64 in $binary' } });
  try {
    return ajv.compile(schema as object | boolean);
  } catch (cause) {
    throw new RunyardError(
      'project_invalid',
      `The input schema cannot be compiled: ${describeError(cause)}`,
      {
        cause,
      },
    );
  }
}
