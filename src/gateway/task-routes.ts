import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { isArguments, isFinal, type Task, type TaskPageView } from '../protocol/index.js';
import type { TaskFilter } from '../store/index.js';
import type { Caller } from './caller.js';
import { watchClient } from './client-gone.js';
import type { GatewayContext } from './gateway-context.js';
import { describeUnknown, malformed, readInteger, readQuery, readTaskQuery } from './read-request.js';
import { formatTask, viewTaskSummary } from './task-view.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** Longest a request may be held open for a task to end. */
const MAX_WAIT_MS = 60_000;

const FILTER_FIELDS = ['algorithm', 'state', 'class'] as const;

export type TaskRequest = FastifyRequest<{ Params: { id: string } }>;

/** Looking at tasks, and changing what becomes of them. */
export function addTaskRoutes(fastify: FastifyInstance, context: GatewayContext): void {
  const { options, answers, closing } = context;
  const { tasks } = options;

  fastify.get('/tasks', async (request): Promise<TaskPageView> => {
    const { limit, after, ...rest } = readQuery(request.query, [...FILTER_FIELDS, 'limit', 'after']);
    const count =
      limit === undefined ? DEFAULT_LIMIT : readInteger(limit, { name: 'limit', min: 1, max: MAX_LIMIT });
    const page = await tasks.list(readFilter(rest, request.caller), count, after);
    return { tasks: page.tasks.map(viewTaskSummary), ...(page.next !== undefined && { next: page.next }) };
  });

  fastify.get('/tasks/:id', async (request: TaskRequest, reply) => {
    const { wait } = readQuery(request.query, ['wait']);
    const task =
      wait === undefined
        ? await getTask(request, context)
        : await waitForTask(
            request,
            readInteger(wait, { name: 'wait', min: 0, max: MAX_WAIT_MS }),
            watchClient(reply, closing),
          );
    return answers.sendJson(reply, formatTask(task));
  });

  fastify.post('/tasks/:id/cancel', async (request: TaskRequest, reply) => {
    readBody(request.body, []);
    const { id } = await getTask(request, context);
    const task = await tasks.cancel(id);
    return answers.sendJson(
      reply.code(isFinal(task.state) ? 200 : 202),
      JSON.stringify(viewTaskSummary(task)),
    );
  });

  fastify.post('/tasks/:id/redrive', async (request: TaskRequest, reply) => {
    const { payload } = readBody(request.body, ['payload']);
    const { id, algorithm } = await getTask(request, context);
    if (payload !== undefined && !isArguments(payload) && context.catalogue.takesArguments(algorithm)) {
      throw malformed([{ path: '/payload', message: 'expected an object: the arguments by name' }]);
    }
    return answers.sendJson(reply.code(202), formatTask(await tasks.redrive(id, payload)));
  });

  fastify.post('/tasks/redrive', async (request) => {
    const filter = readFilter(readBody(request.body, FILTER_FIELDS), request.caller);
    if (filter.state !== undefined && filter.state !== 'dead' && filter.state !== 'cancelled') {
      throw malformed([{ path: '/state', message: `expected dead or cancelled, got "${filter.state}"` }]);
    }
    const { redriven } = await tasks.redriveAll({ state: 'dead', ...filter });
    return { redriven };
  });

  /** The task's end, or what it is when the time is over or nobody waits any more. */
  const waitForTask = async (request: TaskRequest, timeoutMs: number, signal: AbortSignal): Promise<Task> => {
    const { id } = request.params;
    let found: Task | undefined;
    const onFound = (task: Task): void => void (found = assertVisible(task, request));
    try {
      return await tasks.wait(id, { timeoutMs, signal, onFound });
    } catch (error) {
      if (signal.aborted && found) return found;
      // Who may not see a task cannot tell it from one that is not there.
      throw error instanceof RunyardError && error.code === 'task_not_found' ? notFound(id) : error;
    }
  };
}

/** The task a path names. @throws RunyardError `task_not_found`, also when the caller may not see it */
export async function getTask(request: TaskRequest, { options }: GatewayContext): Promise<Task> {
  return assertVisible(await options.tasks.get(request.params.id), request);
}

function assertVisible(task: Task | undefined, { caller, params }: TaskRequest): Task {
  if (task !== undefined && caller.maySee(task)) return task;
  throw notFound(params.id);
}

function notFound(id: string): RunyardError {
  return new RunyardError(
    'task_not_found',
    `There is no task "${id.slice(0, 60)}" here: it was never accepted, or its retention time is over.`,
  );
}

function readFilter(fields: Record<string, unknown>, caller: Caller): TaskFilter {
  const { algorithm, state, class: errorClass } = readTaskQuery(fields);
  if (algorithm !== undefined) caller.assertMayUse(algorithm);
  return {
    ...caller.taskScope,
    ...(algorithm !== undefined && { algorithm }),
    ...(state !== undefined && { state }),
    ...(errorClass !== undefined && { errorClass }),
  };
}

/** A body that may be missing, with nothing in it but the known fields. */
function readBody<Name extends string>(
  body: unknown,
  known: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (body === undefined) return {};
  if (!isArguments(body))
    throw new RunyardError('malformed_body', 'Expected a JSON object, or no body at all.');
  const errors = Object.keys(body)
    .filter((name) => !known.includes(name as Name))
    .map((name) => ({ path: `/${name}`, message: describeUnknown(name, known) }));
  if (errors.length > 0) throw malformed(errors);
  return body as Partial<Record<Name, unknown>>;
}
