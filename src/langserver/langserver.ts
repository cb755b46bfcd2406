import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { countRun } from '../dispatch/index.js';
import { EVENT_STREAM_TYPE } from '../http/index.js';
import type { RunEvent, RunHooks, RunOutcome, RunRequest } from '../protocol/index.js';
import { chooseAlgorithm } from './choose-algorithm.js';
import { ALIVE, formatNote, formatOutcome, formatSystemError, STARTED } from './documents.js';
import { EventAnswer } from './event-answer.js';
import type { LangServerOptions } from './langserver-options.js';
import { createLangServerApp, sendJson } from './langserver-app.js';
import { Notifier, pickForwarded } from './notifier.js';
import { joinLines } from './printed.js';
import { BadInput, readInput } from './read-input.js';

/** What callers of the original server know for a process whose exit has no code. */
export const UNKNOWN_EXIT_CODE = -99;

interface Prepared {
  run: RunRequest;
  hooks: RunHooks;
}

/** The HTTP API that algorithms had at Algorithmia, in front of one project. */
export class LangServer {
  readonly app: FastifyInstance;
  /** Resolves when somebody asked by `DELETE` that the server end. */
  readonly deleted: Promise<void>;
  readonly #options: LangServerOptions;
  readonly #notifier: Notifier;
  readonly #running = new Set<Promise<unknown>>();
  #tellDeleted: () => void = () => undefined;
  #isClosing = false;

  constructor(options: LangServerOptions) {
    this.#options = options;
    this.#notifier = new Notifier(options.logger);
    this.deleted = new Promise((resolve) => (this.#tellDeleted = resolve));
    this.app = createLangServerApp(options, (request, reply) => this.#handle(request, reply));
  }

  /** Takes no new requests, and resolves when those it has taken are answered and told. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#notifier.settled();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.app.close();
    await this.#notifier.close();
  }

  async #handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    switch (request.method) {
      case 'GET':
        return sendJson(reply, 200, ALIVE);
      case 'POST':
        return this.#run(request, reply);
      case 'DELETE':
        return this.#end(reply);
      default:
        return sendJson(reply, 405, formatSystemError('Method not allowed'));
    }
  }

  async #run(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.#isClosing)
      return sendJson(reply.header('retry-after', '1'), 503, formatSystemError('The server is ending'));
    let prepared: Prepared;
    try {
      prepared = this.#prepare(request);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      const message = `Failed to build algorithm input from request: ${error.message}`;
      return sendJson(reply, 400, formatSystemError(message));
    }
    const { requestCompleteUrl } = this.#options;
    if (requestCompleteUrl !== undefined) {
      void this.#track(this.#runLater(prepared, requestCompleteUrl, pickForwarded(request.raw.rawHeaders)));
      return sendJson(reply, 202, STARTED);
    }
    return this.#track(this.#runNow(prepared, request, reply));
  }

  async #runNow(prepared: Prepared, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.headers.accept?.includes(EVENT_STREAM_TYPE) === true)
      return this.#runFollowed(prepared, reply);
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    const outcome = await this.#runOnHost({ ...prepared, hooks: { ...prepared.hooks, signal: gone.signal } });
    const isBusy = !outcome.ok && outcome.error.class === 'busy';
    if (isBusy) reply.header('retry-after', '1');
    return sendJson(reply, isBusy ? 503 : 200, this.#format(outcome));
  }

  async #runFollowed({ run, hooks }: Prepared, reply: FastifyReply): Promise<FastifyReply> {
    const answer = new EventAnswer(reply, this.#options.keepAliveMs ?? 10_000);
    const onEvent = (event: RunEvent): void => answer.tell(event);
    const outcome = await this.#runOnHost({ run, hooks: { ...hooks, onEvent, signal: answer.gone } });
    answer.end(outcome.ok ? 'result' : 'error', this.#format(outcome));
    return reply;
  }

  async #runLater(prepared: Prepared, url: string, headers: [string, string][]): Promise<void> {
    const outcome = await this.#runOnHost(prepared);
    const wasTaken = await this.#notifier.send(url, this.#format(outcome), headers);
    if (!wasTaken)
      this.#options.logger.error({ run: prepared.run.id, url }, 'a result could not be delivered');
  }

  async #runOnHost({ run, hooks }: Prepared): Promise<RunOutcome> {
    const { host, metrics } = this.#options;
    const outcome = await host.run(run, hooks);
    countRun(metrics, run.algorithm, outcome);
    return outcome;
  }

  /** Ends the processes, then the server: in that order, as the answer tells how they ended. */
  async #end(reply: FastifyReply): Promise<FastifyReply> {
    this.#isClosing = true;
    await this.#options.host.close();
    await this.#notifier.settled();
    reply.raw.once('close', () => this.#tellDeleted());
    const code = this.#options.lastExitCode() ?? UNKNOWN_EXIT_CODE;
    return sendJson(reply.header('connection', 'close'), 200, formatNote(`Runner exited: ${code}`));
  }

  #prepare(request: FastifyRequest): Prepared {
    const { host, isClassic } = this.#options;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { argsJson, ...input } = readInput(request.headers, body);
    const path = request.url.split('?', 1)[0] ?? '';
    const algorithm = chooseAlgorithm(host.algorithms, isClassic, path);
    const id = request.headers['x-request-id'];
    const run = {
      id: typeof id === 'string' && id !== '' ? id.slice(0, 200) : randomUUID(),
      algorithm,
      ...input,
    };
    return { run, hooks: argsJson === undefined ? {} : { argsJson } };
  }

  #format(outcome: RunOutcome): string {
    return formatOutcome(outcome, joinLines([...this.#options.idleLines.take(), ...outcome.logs]));
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    void work.catch(() => undefined).finally(() => this.#running.delete(work));
    return work;
  }
}
