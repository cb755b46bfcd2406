import { EventStreamParser, type StreamEvent } from '../http/index.js';

/** Longer than the longest answer a runner gives by default. */
const MAX_EVENT_LENGTH = 300 * 1024 * 1024;

/** The gateway sends a sign of life every 15 s; three missed ones are a dead connection. */
const IDLE_MS = 45_000;

/**
 * Reads server-sent events until the stream ends.
 * @throws Error when the stream breaks or falls silent
 */
export async function* readEventStream(response: Response): AsyncGenerator<StreamEvent> {
  if (response.body === null) return;
  const events: StreamEvent[] = [];
  const parser = new EventStreamParser((event) => events.push(event), { maxEventLength: MAX_EVENT_LENGTH });
  const decoder = new TextDecoder();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await readInTime(reader);
      if (done) return;
      parser.push(decoder.decode(value, { stream: true }));
      yield* events.splice(0);
    }
  } finally {
    // The stream may be broken already; there is nobody left to tell.
    await reader.cancel().catch(() => undefined);
  }
}

async function readInTime(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came for ${IDLE_MS} ms`)), IDLE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
