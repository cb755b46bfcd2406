import type { FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { readRunInput, TIMEOUT_HEADER } from '../http/index.js';
import { takesArguments, type Descriptor, type RunRequest } from '../protocol/index.js';
import type { Caller } from './caller.js';
import type { AlgorithmCatalogue } from './algorithm-catalogue.js';
import type { GatewayContext } from './gateway-context.js';
import { MAX_TIMEOUT_MS, readDepth, readIntegerHeader, readTraceparent } from './read-request.js';

/** What a path of Algorithmia's API says of an algorithm. */
export interface AlgoParams {
  user: string;
  name: string;
  version?: string;
}

/** Reads a run from a request of Algorithmia's API. @throws RunyardError saying what is wrong with it */
export function readAlgoRun(
  request: FastifyRequest<{ Params: AlgoParams }>,
  { options, catalogue }: GatewayContext,
): RunRequest {
  const { headers, body, params } = request;
  const { name, input } = findAlgorithm(params, catalogue, request.caller);
  const read = readRunInput(input, body);
  if (read === undefined) {
    const expected = takesArguments(input) ? 'a JSON object of arguments' : 'an input';
    throw new RunyardError(
      'malformed_body',
      `Failed to build algorithm input from request: expected ${expected}`,
    );
  }
  const timeoutMs =
    readIntegerHeader(headers, TIMEOUT_HEADER, 1, MAX_TIMEOUT_MS) ?? readTimeout(request.query);
  const depth = readDepth(headers, options.callDepth);
  const traceparent = readTraceparent(headers);
  return {
    id: request.id,
    algorithm: name,
    ...read,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(depth !== undefined && { depth }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** `user/name` where there is such an algorithm; else `name` alone, as typed algorithms have no owner. */
function findAlgorithm(
  { user, name }: AlgoParams,
  catalogue: AlgorithmCatalogue,
  caller: Caller,
): Descriptor {
  const owned = `${user}/${name}`;
  return catalogue.get(catalogue.isOffered(owned) || !catalogue.isOffered(name) ? owned : name, caller);
}

/** Clients of that API say their time limit in the query, in seconds. */
function readTimeout(query: unknown): number | undefined {
  const { timeout } = query as { timeout?: unknown };
  if (timeout === undefined) return undefined;
  const seconds = Number(timeout);
  if (seconds > 0 && seconds * 1000 <= MAX_TIMEOUT_MS) return Math.ceil(seconds * 1000);
  const message = `expected seconds, more than 0, got ${JSON.stringify(timeout).slice(0, 50)}`;
  throw new RunyardError('malformed_request', `timeout: ${message}`, {
    errors: [{ path: '/query/timeout', message }],
  });
}
