import { RunyardError } from '../errors/index.js';
import {
  ALGORITHM_NAME,
  type FieldError,
  type JsonSchema,
  type NewTask,
  type SubmitRequest,
} from '../protocol/index.js';
import { compileInput, describeFieldErrors } from '../validation/index.js';
import { MAX_TIMEOUT_MS } from './read-request.js';

/** Last moment a Date can hold, in milliseconds since the epoch. */
const MAX_TIME = 8_640_000_000_000_000;

const moment = (description: string): JsonSchema => ({
  type: ['string', 'integer'],
  format: 'date-time',
  minimum: 0,
  maximum: MAX_TIME,
  description: `${description}; ISO 8601 or milliseconds since the epoch`,
});

/** Body of `POST /tasks`, for validation and for /openapi.json. */
export const submitSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['algorithm', 'payload'],
  properties: {
    algorithm: { type: 'string', pattern: ALGORITHM_NAME.source, description: 'Name of the algorithm' },
    payload: { description: 'Arguments by name; any JSON value for an algorithm that takes one' },
    priority: {
      type: 'integer',
      minimum: 0,
      maximum: 9,
      default: 4,
      description: '9 goes first, 0 gives way to all others',
    },
    runAt: moment('Not started before this moment'),
    deadline: moment('Given up as expired when it has not been started by this moment'),
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_TIMEOUT_MS,
      description: 'Time limit of one attempt',
    },
    maxAttempts: { type: 'integer', minimum: 1, maximum: 1000, description: 'Tries in all' },
    idempotencyKey: {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'A second submission with the same key gives the first task back',
    },
    callbackUrl: {
      type: 'string',
      format: 'uri',
      maxLength: 2048,
      description: 'Gets a signed POST when the task has ended',
    },
  },
} as const satisfies JsonSchema;

/** For algorithms that are not known to take any value. */
const argumentsSchema = {
  ...submitSchema,
  properties: { ...submitSchema.properties, payload: { type: 'object' } },
};

const validateAny = compileInput(submitSchema);
const validateArguments = compileInput(argumentsSchema);

/**
 * A task as it came over the wire, checked and with its times in milliseconds.
 * @param isArguments - the payload for an algorithm of this name can only be an object of arguments
 * @throws RunyardError `malformed_body`, or `malformed_request` naming every wrong field
 */
export function readNewTask(body: unknown, isArguments: (algorithm: string) => boolean): NewTask {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RunyardError(
      'malformed_body',
      'Expected a JSON object such as {"algorithm": "ocr", "payload": {}}.',
    );
  }
  const { algorithm } = body as Partial<SubmitRequest>;
  const takesAny = typeof algorithm === 'string' && !isArguments(algorithm);
  const errors = (takesAny ? validateAny : validateArguments)(body);
  if (errors !== undefined) throw describeErrors(errors);
  const { runAt, deadline, ...rest } = body as SubmitRequest;
  return {
    ...rest,
    ...(runAt !== undefined && { runAt: readTime(runAt) }),
    ...(deadline !== undefined && { deadline: readTime(deadline) }),
  };
}

function describeErrors(errors: FieldError[]): RunyardError {
  return new RunyardError('malformed_request', describeFieldErrors(errors), { errors });
}

function readTime(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
