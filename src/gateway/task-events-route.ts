import type { FastifyInstance } from 'fastify';
import { isFinal, type Task } from '../protocol/index.js';
import { watchClient } from './client-gone.js';
import { EventReply } from './event-reply.js';
import type { GatewayContext } from './gateway-context.js';
import { readInteger, readQuery } from './read-request.js';
import { getTask, type TaskRequest } from './task-routes.js';
import { formatTask, formatTaskEvent, viewTaskSummary } from './task-view.js';

/** Id of the last event of an ended task. */
const END_ID = 'end';

/** `GET /tasks/{id}/events`: a task's story from its start, as it goes on, to its end. */
export function addTaskEventsRoute(fastify: FastifyInstance, context: GatewayContext): void {
  const { options, closing } = context;

  fastify.get('/tasks/:id/events', { exposeHeadRoute: false }, async (request: TaskRequest, reply) => {
    const lastId = readLastId(request);
    const first = await getTask(request, context);
    if (lastId === END_ID && isFinal(first.state)) {
      // A browser's EventSource comes back by itself after an end; this status is what stops it.
      return reply.code(204).send();
    }
    const after = lastId === END_ID ? 0 : lastId;
    const signal = watchClient(reply, closing);
    const stream = new EventReply(reply, { ...options, maxBufferBytes: Number.POSITIVE_INFINITY });
    try {
      await tellStory(stream, first.id, { after, signal });
    } catch (error) {
      if (!signal.aborted)
        options.logger.error({ err: error, task: first.id }, 'a task could not be followed');
    }
    stream.end();
    return reply;
  });

  const tellStory = async (
    stream: EventReply,
    id: string,
    from: { after: number; signal: AbortSignal },
  ): Promise<void> => {
    let task: Task | undefined;
    for await (const item of options.tasks.follow(id, from)) {
      if (item.type === 'event') {
        stream.send(item.event.type, formatTaskEvent(item.event), item.event.seq);
      } else {
        task = item.task;
        stream.send('state', JSON.stringify(viewTaskSummary(task)));
      }
      // Only as fast as the reader takes it: nothing piles up here.
      await stream.drained();
      if (from.signal.aborted) return;
    }
    if (task !== undefined && isFinal(task.state)) stream.send('end', formatTask(task), END_ID);
  };
}

/** Where a follower left off: its header, or the query for the first time it comes. */
function readLastId(request: TaskRequest): number | typeof END_ID {
  const { after } = readQuery(request.query, ['after']);
  const header = request.headers['last-event-id'];
  const lastId = typeof header === 'string' && header !== '' ? header : after;
  if (lastId === undefined) return 0;
  if (lastId === END_ID) return END_ID;
  return readInteger(lastId, { name: 'after', min: 0, max: Number.MAX_SAFE_INTEGER });
}
