import { FAILURE_CLASSES } from '../errors/index.js';
import type { OpenApiComponents } from '../openapi/index.js';
import { TASK_STATES, type JsonSchema } from '../protocol/index.js';
import { submitSchema } from './new-task.js';

const time: JsonSchema = { type: 'string', format: 'date-time' };
export const text: JsonSchema = { type: 'string' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const state: JsonSchema = { type: 'string', enum: TASK_STATES };
export const failureClass: JsonSchema = { type: 'string', enum: FAILURE_CLASSES };
export const object = (properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
export const arrayOf = (items: JsonSchema) => ({ type: 'array', items });
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const logLine = object({ time, stream: { type: 'string', enum: ['stdout', 'stderr', 'log'] }, line: text });

const attempt = object(
  {
    number: { type: 'integer', minimum: 1 },
    runner: text,
    startedAt: time,
    endedAt: time,
    durationMs: { type: 'number' },
    error: ref('TaskError'),
    logs: arrayOf(logLine),
  },
  ['number', 'startedAt'],
);

const { algorithm, payload, priority, timeoutMs, maxAttempts, idempotencyKey, callbackUrl } =
  submitSchema.properties;

const summary: Record<string, JsonSchema> = {
  id: text,
  algorithm,
  state,
  priority,
  runAt: time,
  deadline: time,
  timeoutMs,
  maxAttempts,
  idempotencyKey,
  callbackUrl,
  owner: { type: 'string', description: 'Name of the API key that submitted it' },
  createdAt: time,
  updatedAt: time,
  startedAt: time,
  endedAt: time,
  error: ref('TaskError'),
  attemptCount: count,
  crashCount: count,
  lostCount: count,
  cancelRequested: { type: 'boolean' },
};
const summaryRequired = ['id', 'algorithm', 'state', 'priority', 'createdAt', 'updatedAt', 'attemptCount'];

const runner = object({
  id: text,
  host: text,
  kind: { type: 'string', enum: ['lease', 'probe', 'fixed'] },
  healthy: { type: 'boolean' },
  draining: { type: 'boolean' },
  capacity: count,
  load: count,
  version: text,
  labels: { type: 'object', additionalProperties: text },
});

/** What the operations of the gateway give and take. */
export const gatewayComponents: OpenApiComponents = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  },
  schemas: {
    NewTask: submitSchema,
    TaskSummary: object(summary, summaryRequired),
    Task: object(
      {
        ...summary,
        payload,
        attempts: arrayOf(attempt),
        result: { description: 'Whatever the algorithm returned; only in succeeded' },
      },
      [...summaryRequired, 'payload', 'attempts'],
    ),
    TaskError: object({ class: failureClass, code: text, message: text, errorType: text, stacktrace: text }, [
      'class',
      'code',
      'message',
    ]),
    Algorithm: object({
      name: text,
      description: text,
      input: { description: 'JSON Schema of the arguments' },
      output: { description: 'JSON Schema of the result' },
      mode: { type: 'string', enum: ['unary', 'stream', 'batch', 'chat'] },
      limits: { type: 'object' },
      runners: arrayOf(runner),
    }),
    Queue: object({ algorithm: text, ready: count, delayed: count, claimed: count, oldestAt: time }),
    Health: object({
      status: { type: 'string', enum: ['ok', 'unavailable'] },
      version: text,
      checks: { type: 'object' },
    }),
  },
};
