import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { EVENT_STREAM_TYPE, PlainInput, readRunInput, RESULT_PREFIX, TIMEOUT_HEADER } from '../http/index.js';
import {
  takesArguments,
  type JsonSchema,
  type RunEvent,
  type RunFailure,
  type RunRequest,
} from '../protocol/index.js';
import { readAlgorithm, type AlgorithmParams } from './algorithm-catalogue.js';
import { EventReply } from './event-reply.js';
import type { GatewayContext } from './gateway-context.js';
import { MAX_TIMEOUT_MS, readDepth, readIntegerHeader, readTraceparent } from './read-request.js';
import { viewLogLine } from './task-view.js';

/** Parameter of the media type for a caller who wants the end only, but signs of life until then. */
const QUIET = 'events=none';

type RunRouteRequest = FastifyRequest<{ Params: AlgorithmParams }>;

/** `POST /run/{algorithm}`: runs it now and answers with its result, or with its story as it happens. */
export function addRunRoutes(fastify: FastifyInstance, context: GatewayContext): void {
  const { options, answers } = context;
  const { dispatcher } = options;

  const handle = async (request: RunRouteRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const run = readRun(request, context);
    const { accept } = request.headers;
    if (accept?.includes(EVENT_STREAM_TYPE) === true) {
      await streamRun(run, reply, !accept.includes(QUIET));
      return reply;
    }
    const abort = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) abort.abort();
    });
    const outcome = await dispatcher.run(run, { signal: abort.signal });
    return outcome.ok
      ? answers.sendJson(reply, `${RESULT_PREFIX}${outcome.resultJson}}`)
      : answers.sendProblem(reply, outcome.error);
  };

  const streamRun = async (run: RunRequest, reply: FastifyReply, isFollowed: boolean): Promise<void> => {
    const { keepAliveMs, stallTimeoutMs, maxStreamBufferBytes } = options;
    const stream = new EventReply(reply, {
      keepAliveMs,
      stallTimeoutMs,
      maxBufferBytes: maxStreamBufferBytes,
    });
    const onEvent = (event: RunEvent): void => stream.send(event.type, formatRunEvent(event));
    try {
      const outcome = await dispatcher.run(run, { signal: stream.gone, ...(isFollowed && { onEvent }) });
      if (outcome.ok) stream.send('result', `${RESULT_PREFIX}${outcome.resultJson}}`);
      else stream.send('error', JSON.stringify(answers.problem(outcome.error, run.id)));
    } catch (error) {
      const failure: RunFailure = { class: 'failed', code: 'internal', message: String(error) };
      stream.send('error', JSON.stringify(answers.problem(failure, run.id)));
    }
    stream.end();
  };

  fastify.post('/run/:algorithm', handle);
  fastify.post('/run/:owner/:algorithm', handle);
}

function readRun(request: RunRouteRequest, { options, catalogue }: GatewayContext): RunRequest {
  const { headers, body } = request;
  const { name, input } = catalogue.get(readAlgorithm(request.params), request.caller);
  const run: RunRequest = { id: request.id, algorithm: name, ...readInput(input, body) };
  const timeoutMs = readIntegerHeader(headers, TIMEOUT_HEADER, 1, MAX_TIMEOUT_MS);
  if (timeoutMs !== undefined) run.timeoutMs = timeoutMs;
  const depth = readDepth(headers, options.callDepth);
  if (depth !== undefined) run.depth = depth;
  const traceparent = readTraceparent(headers);
  if (traceparent !== undefined) run.traceparent = traceparent;
  return run;
}

function readInput(input: JsonSchema, body: unknown): Pick<RunRequest, 'args' | 'contentType'> {
  const read = readRunInput(input, body);
  if (read !== undefined) return read;
  if (body instanceof PlainInput)
    throw new RunyardError('unsupported_media_type', 'Unsupported Media Type; send application/json');
  const expected = takesArguments(input)
    ? 'the arguments by name as a JSON object: {} when there are none'
    : 'the input as JSON, as text/plain, or as application/octet-stream';
  throw new RunyardError('malformed_body', `Expected ${expected}.`);
}

function formatRunEvent(event: RunEvent): string {
  if (event.type === 'log') return JSON.stringify(viewLogLine(event.log));
  const { type: _, ...body } = event;
  return JSON.stringify(body);
}
