import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { toRunyardError } from '../http/index.js';
import type { NewTask, Problem, TaskSummaryView } from '../protocol/index.js';
import type { GatewayContext } from './gateway-context.js';
import { readNewTask } from './new-task.js';
import { malformed, readDepth, readTraceparent } from './read-request.js';
import { formatTask, viewTaskSummary } from './task-view.js';

/** Tasks in one request at most. */
const MAX_BULK = 1000;

/** `POST /tasks`: takes one task, or an array of them. */
export function addSubmitRoute(fastify: FastifyInstance, context: GatewayContext): void {
  fastify.post('/tasks', (request, reply) =>
    Array.isArray(request.body)
      ? submitMany(request.body, request, reply, context)
      : submitOne(request, reply, context),
  );
}

async function submitOne(
  request: FastifyRequest,
  reply: FastifyReply,
  context: GatewayContext,
): Promise<FastifyReply> {
  const { options, answers } = context;
  const wanted = prepare(request.body, request, context);
  const key = readIdempotencyKey(request);
  if (key !== undefined) assertSameKey(wanted, key);
  const { task, created } = await options.tasks.submit(wanted);
  reply.header('location', `/tasks/${task.id}`);
  if (!created) return answers.sendJson(reply, formatTask(task));
  return answers.sendJson(reply.code(202), JSON.stringify(viewTaskSummary(task)));
}

/** Each place of the answer belongs to the same place of the body: the task, or what is wrong with it. */
async function submitMany(
  bodies: readonly unknown[],
  request: FastifyRequest,
  reply: FastifyReply,
  context: GatewayContext,
): Promise<FastifyReply> {
  if (bodies.length === 0 || bodies.length > MAX_BULK) {
    throw malformed([
      { path: '', message: `expected 1 to ${MAX_BULK} tasks in one array, got ${bodies.length}` },
    ]);
  }
  if (readIdempotencyKey(request) !== undefined) {
    throw malformed([
      {
        path: '/headers/idempotency-key',
        message: 'is for one task; give each task of an array its own idempotencyKey',
      },
    ]);
  }
  const wanted = bodies.map((body) => attempt(() => prepare(body, request, context)));
  const results = await Promise.all(wanted.map((task) => submitOrTell(task, request, context)));
  const { status } = results.find((result) => 'status' in result) ?? {};
  const isOutage =
    status === 503 && results.every((result) => 'status' in result && result.status === status);
  if (isOutage) throw new RunyardError('queue_unavailable', String((results[0] as Problem).detail));
  return context.answers.sendJson(reply.code(202), JSON.stringify(results));
}

async function submitOrTell(
  task: NewTask | RunyardError,
  request: FastifyRequest,
  { options, answers }: GatewayContext,
): Promise<TaskSummaryView | Problem> {
  try {
    if (task instanceof RunyardError) throw task;
    return viewTaskSummary((await options.tasks.submit(task)).task);
  } catch (error) {
    return answers.problem(toRunyardError(error), request.id);
  }
}

function prepare(body: unknown, request: FastifyRequest, { catalogue, options }: GatewayContext): NewTask {
  const { caller, headers } = request;
  const task = readNewTask(body, (algorithm) => catalogue.takesArguments(algorithm));
  caller.assertMayUse(task.algorithm);
  if (caller.owner !== undefined) task.owner = caller.owner;
  const traceparent = readTraceparent(headers);
  if (traceparent !== undefined) task.traceparent = traceparent;
  const depth = readDepth(headers, options.callDepth);
  if (depth !== undefined) task.depth = depth;
  return task;
}

function attempt<T>(prepareOne: () => T): T | RunyardError {
  try {
    return prepareOne();
  } catch (error) {
    return toRunyardError(error);
  }
}

function readIdempotencyKey({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length >= 1 && key.length <= 255) return key;
  throw malformed([
    { path: '/headers/idempotency-key', message: 'expected one header of 1 to 255 characters' },
  ]);
}

function assertSameKey(task: NewTask, key: string): void {
  task.idempotencyKey ??= key;
  if (task.idempotencyKey === key) return;
  throw malformed([
    { path: '/idempotencyKey', message: 'differs from the header Idempotency-Key; send one of them' },
  ]);
}
