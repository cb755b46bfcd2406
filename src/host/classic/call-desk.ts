import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  acceptPlainInput,
  describeAlgoResult,
  formatAlgoError,
  formatAlgoResult,
  readRunInput,
} from '../../http/index.js';
import type { PipeError } from '../../protocol/index.js';
import type { ChildCall } from '../answer.js';

/** Most bytes of an input. */
const BODY_LIMIT = 64 * 1024 * 1024;

/** One child at the desk. */
export interface DeskCaller {
  /** By which clients of Algorithmia's API find the desk, and the desk knows the child. */
  env: Record<string, string>;
  /** @param line - the answer to one of its calls, as it is written to typed children */
  answer(line: string): void;
  /** The child has gone. */
  leave(): void;
}

type Waiting = Map<string, (answer: CallAnswer) => void>;
type CallAnswer = { result: string } | { error: PipeError & { code?: string } };
type AlgoRequest = FastifyRequest<{ Params: { user: string; name: string } }>;

/**
 * Where classic children call other algorithms: `POST /v1/algo/{user}/{name}` on loopback, for those who know a child's
 * secret. A call belongs to the request the child works on, so that depth, time limit and trace go on.
 */
export class CallDesk {
  readonly #server: FastifyInstance;
  readonly #callers = new Map<string, { ask: (call: ChildCall) => void; waiting: Waiting }>();
  #url = '';
  #count = 0;

  private constructor(server: FastifyInstance) {
    this.#server = server;
    acceptPlainInput(server);
    const handle = (request: AlgoRequest, reply: FastifyReply): Promise<FastifyReply> =>
      this.#handle(request, reply);
    server.post<{ Params: { user: string; name: string } }>('/v1/algo/:user/:name', handle);
    server.post<{ Params: { user: string; name: string } }>('/v1/algo/:user/:name/:version', handle);
  }

  static async open(): Promise<CallDesk> {
    const { fastify } = await import('fastify');
    const desk = new CallDesk(fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true }));
    desk.#url = await desk.#server.listen({ host: '127.0.0.1', port: 0 });
    return desk;
  }

  /** @param ask - is given the child's calls, and answers them by `answer` */
  admit(ask: (call: ChildCall) => void): DeskCaller {
    const secret = randomBytes(24).toString('base64url');
    const waiting: Waiting = new Map();
    this.#callers.set(secret, { ask, waiting });
    return {
      env: { ALGORITHMIA_API: this.#url, ALGORITHMIA_API_KEY: secret },
      answer: (line) => settle(waiting, line),
      leave: () => {
        this.#callers.delete(secret);
        for (const resolve of waiting.values()) resolve({ error: GONE });
      },
    };
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #handle(request: AlgoRequest, reply: FastifyReply): Promise<FastifyReply> {
    const startedAt = performance.now();
    const caller = this.#callers.get(readSecret(request));
    const answer = caller ? await this.#ask(caller, request) : { error: STRANGER };
    const durationMs = performance.now() - startedAt;
    const isStrange = 'error' in answer && answer.error === STRANGER;
    return reply
      .code(isStrange ? 401 : 200)
      .header('content-type', 'application/json; charset=utf-8')
      .send(format(answer, durationMs));
  }

  /** An algorithm with an owner is called by both its names, a typed one has none. */
  async #ask(
    { ask, waiting }: { ask: (call: ChildCall) => void; waiting: Waiting },
    { params: { user, name }, body }: AlgoRequest,
  ): Promise<CallAnswer> {
    const args = readRunInput(true, body)?.args;
    const owned = await this.#put(ask, waiting, `${user}/${name}`, args);
    const isUnknown = 'error' in owned && UNKNOWN.has(owned.error.code ?? '');
    return isUnknown ? this.#put(ask, waiting, name, args) : owned;
  }

  #put(
    ask: (call: ChildCall) => void,
    waiting: Waiting,
    algorithm: string,
    args: unknown,
  ): Promise<CallAnswer> {
    const call = String((this.#count += 1));
    return new Promise((resolve) => {
      waiting.set(call, resolve);
      ask({ call, algorithm, args });
    });
  }
}

const GONE: PipeError = { message: 'The process that called has gone', error_type: 'SystemError' };
const STRANGER: PipeError = {
  message: 'Only an algorithm that runs here may call: expected the key in ALGORITHMIA_API_KEY',
  error_type: 'SystemError',
};
const UNKNOWN = new Set(['no_runner', 'unknown_algorithm']);

/** The key alone, or behind the word that some clients put before it. */
function readSecret({ headers }: AlgoRequest): string {
  return (headers.authorization ?? '').replace(/^(?:Simple|Bearer)\s+/i, '');
}

function settle(waiting: Waiting, line: string): void {
  const { called, error } = JSON.parse(line) as { called: string; error?: PipeError };
  const resolve = waiting.get(called);
  waiting.delete(called);
  if (error !== undefined) resolve?.({ error });
  // The value is cut out of its line, not parsed and written again: its numbers keep their digits.
  else resolve?.({ result: line.slice(`{"called":${JSON.stringify(called)},"result":`.length, -2) });
}

function format(answer: CallAnswer, durationMs: number): string {
  if ('error' in answer) {
    const { message, error_type: errorType, stacktrace } = answer.error;
    return formatAlgoError({ message, errorType, stacktrace }, { durationMs });
  }
  const { contentType, json } = describeAlgoResult(answer.result);
  return formatAlgoResult(json, { durationMs, contentType });
}
