import type { Socket } from 'node:net';
import { RunyardError } from '../errors/index.js';
import { PROBLEM_TYPE, toProblem } from '../http/index.js';

/** What a request that is no HTTP, too long or too slow gets before its connection is closed. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Nobody is left to answer.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, phrase, detail } = describe(error.code);
  const body = JSON.stringify({ ...toProblem(new RunyardError('malformed_request', detail)), status });
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function describe(code: string | undefined): { status: number; phrase: string; detail: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, phrase: 'Request Timeout', detail: 'The request did not arrive whole in time.' };
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        phrase: 'Request Header Fields Too Large',
        detail: 'The address and headers are longer than 16 kB together.',
      };
    default:
      return { status: 400, phrase: 'Bad Request', detail: 'The request is no valid HTTP.' };
  }
}
