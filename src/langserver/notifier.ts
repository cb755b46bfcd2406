import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describeError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';

const TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;
const TIMEOUT_MS = 30_000;
/** More of an answer than this is not even read. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** Tells a URL what has happened. */
export class Notifier {
  readonly #logger: Logger;
  readonly #agent = new Agent();
  readonly #underWay = new Set<Promise<boolean>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Posts a document, three times at most. Never rejects: false when nobody took it. */
  send(url: string, body: string, headers: readonly [string, string][] = []): Promise<boolean> {
    const sending = this.#send(url, body, headers).finally(() => this.#underWay.delete(sending));
    this.#underWay.add(sending);
    return sending;
  }

  /** Resolves when everything has been told, or given up. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(url: string, body: string, headers: readonly [string, string][]): Promise<boolean> {
    for (let number = 1; ; number += 1) {
      const problem = await this.#try(url, body, headers);
      if (problem === undefined) return true;
      this.#logger.warn({ url, try: number }, `a notification was not taken: ${problem}`);
      if (number === TRIES) return false;
      await delay(BETWEEN_TRIES_MS);
    }
  }

  /** What went wrong; undefined when nothing did. */
  async #try(url: string, body: string, headers: readonly [string, string][]): Promise<string | undefined> {
    try {
      const response = await request(url, {
        method: 'POST',
        headers: [...headers.flat(), 'Content-Type', 'application/json'],
        body,
        dispatcher: this.#agent,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      // The status has been said; whatever goes wrong with the rest of the answer changes nothing.
      await response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
      const { statusCode } = response;
      return statusCode >= 200 && statusCode <= 299 ? undefined : `the receiver answered ${statusCode}`;
    } catch (error) {
      return describeError(error);
    }
  }
}

/** The headers of a request that its notification carries on, named as they were. */
export function pickForwarded(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (/^x-/i.test(name)) pairs.push([name, value]);
  }
  return pairs;
}
