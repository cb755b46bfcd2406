import type { FastifyReply } from 'fastify';

/** Aborted when the client goes before it has its answer, or `closing` is; whichever is first. */
export function watchClient(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  closing.addEventListener('abort', abort);
  reply.raw.once('close', () => {
    closing.removeEventListener('abort', abort);
    // It closes after a whole answer as well, when nobody has anything left to end.
    if (!reply.raw.writableFinished) abort();
  });
  if (closing.aborted) abort();
  return gone.signal;
}
