import { ulid } from 'ulid';
import type { Dispatcher } from '../dispatch/index.js';
import type { CallAlgorithm } from '../host/index.js';

/** What `ctx.call` does: runs another algorithm of the yard, one deeper. */
export function callThrough(dispatcher: Dispatcher): CallAlgorithm {
  return ({ algorithm, args, depth, signal, traceparent }) =>
    dispatcher.run(
      { id: ulid(), algorithm, args, depth, ...(traceparent !== undefined && { traceparent }) },
      { signal },
    );
}

/** For a project on its own, with no yard around it. */
export const callNobody: CallAlgorithm = async () => ({
  ok: false,
  error: {
    class: 'busy',
    code: 'no_runner',
    message: 'there is no yard here whose algorithms could be called',
  },
  logs: [],
  durationMs: 0,
});
