import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RunyardError } from '../errors/index.js';
import { ATTEMPT_HEADER, REQUEST_ID_HEADER, TIMEOUT_HEADER, wrongBodyDetail } from '../http/index.js';
import { DEPTH_HEADER, type RunRequest } from '../protocol/index.js';

const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** Reads a run from its request. @throws RunyardError `malformed_body`, `malformed_request` naming the header */
export function readRunRequest(algorithm: string, body: unknown, headers: IncomingHttpHeaders): RunRequest {
  const request: RunRequest = { id: readId(headers), algorithm, args: readArguments(body) };
  const timeoutMs = readInteger(headers, TIMEOUT_HEADER, 1);
  const attempt = readInteger(headers, ATTEMPT_HEADER, 1);
  const depth = readInteger(headers, DEPTH_HEADER, 0);
  if (timeoutMs !== undefined) request.timeoutMs = timeoutMs;
  if (attempt !== undefined) request.attempt = attempt;
  if (depth !== undefined) request.depth = depth;
  if (typeof headers.traceparent === 'string') request.traceparent = headers.traceparent;
  return request;
}

function readArguments(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
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
