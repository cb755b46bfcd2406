import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RunyardError } from '../errors/index.js';
import {
  ATTEMPT_HEADER,
  PlainInput,
  readRunInput,
  REQUEST_ID_HEADER,
  TIMEOUT_HEADER,
  wrongBodyDetail,
} from '../http/index.js';
import { DEPTH_HEADER, type Descriptor, type JsonSchema, type RunRequest } from '../protocol/index.js';

const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** Reads a run from its request. @throws RunyardError `malformed_body`, `malformed_request` naming the header, `forbidden` */
export function readRunRequest(
  { name, input }: Descriptor,
  body: unknown,
  headers: IncomingHttpHeaders,
): RunRequest {
  if (body instanceof PlainInput) assertNoPage(headers);
  const request: RunRequest = { id: readId(headers), algorithm: name, ...readInput(input, body) };
  const timeoutMs = readInteger(headers, TIMEOUT_HEADER, 1);
  const attempt = readInteger(headers, ATTEMPT_HEADER, 1);
  const depth = readInteger(headers, DEPTH_HEADER, 0);
  if (timeoutMs !== undefined) request.timeoutMs = timeoutMs;
  if (attempt !== undefined) request.attempt = attempt;
  if (depth !== undefined) request.depth = depth;
  if (typeof headers.traceparent === 'string') request.traceparent = headers.traceparent;
  return request;
}

/** A page of another site may send text without being asked. No runner's client sends an origin. */
function assertNoPage(headers: IncomingHttpHeaders): void {
  if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) return;
  throw new RunyardError('forbidden', 'pages in a browser may send application/json only');
}

function readInput(input: JsonSchema, body: unknown): Pick<RunRequest, 'args' | 'contentType'> {
  const read = readRunInput(input, body);
  if (read !== undefined) return read;
  if (body instanceof PlainInput) {
    const message = 'expected a JSON object as body: Unsupported Media Type; send application/json';
    throw new RunyardError('malformed_body', message, { detail: wrongBodyDetail({}) });
  }
  throw new RunyardError('malformed_body', 'expected a JSON object with the arguments by name as body', {
    detail: wrongBodyDetail(body),
  });
}

function readId(headers: IncomingHttpHeaders): string {
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID();
}

function readInteger(headers: IncomingHttpHeaders, name: string, least: number): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= least) return value;
  const message = `expected an integer of at least ${least}, got '${String(text).slice(0, 100)}'`;
  throw new RunyardError('malformed_request', `header ${name}: ${message}`, {
    errors: [{ path: `/headers/${name}`, message }],
  });
}
