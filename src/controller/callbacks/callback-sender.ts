import { Webhook } from 'standardwebhooks';
import { request, type Dispatcher } from 'undici';
import { describeError } from '../../errors/index.js';
import { createGuardedDispatcher, findFetchError } from '../../net/index.js';

/** More of an answer than this is not even read. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** What became of one delivery. */
export type DeliveryOutcome =
  | { outcome: 'delivered' }
  /** The receiver wants no more, or may not be reached at all: not tried again. */
  | { outcome: 'refused'; reason: string }
  | { outcome: 'failed'; reason: string };

export interface CallbackSenderOptions {
  secret: string;
  allowPrivate: boolean;
  timeoutMs: number;
}

/** Posts signed messages (https://www.standardwebhooks.com). Redirects are not followed, answers not kept. */
export class CallbackSender {
  readonly #webhook: Webhook;
  readonly #timeoutMs: number;
  readonly #dispatcher: Dispatcher;

  constructor({ secret, allowPrivate, timeoutMs }: CallbackSenderOptions) {
    this.#webhook = new Webhook(secret);
    this.#timeoutMs = timeoutMs;
    this.#dispatcher = createGuardedDispatcher({ allowPrivate, connectTimeoutMs: timeoutMs });
  }

  /** Never rejects. @param now milliseconds since the epoch; receivers refuse a signature of another time */
  async send(url: string, id: string, body: string, now: number): Promise<DeliveryOutcome> {
    try {
      return judgeStatus(await this.#post(url, id, body, new Date(now)));
    } catch (error) {
      const fetchError = findFetchError(error);
      if (fetchError?.reason === 'private_address' || isUnusable(error)) {
        return { outcome: 'refused', reason: describeError(fetchError ?? error) };
      }
      return { outcome: 'failed', reason: describeError(fetchError ?? error) };
    }
  }

  async #post(url: string, id: string, body: string, time: Date): Promise<number> {
    const timeoutMs = this.#timeoutMs;
    const response = await request(url, {
      method: 'POST',
      body,
      dispatcher: this.#dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'runyard',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
        'webhook-signature': this.#webhook.sign(id, time, body),
      },
    });
    // The status has been said; whatever goes wrong with the rest of the answer changes nothing.
    await response.body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => {});
    return response.statusCode;
  }

  /** Ends deliveries that are under way. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

function judgeStatus(status: number): DeliveryOutcome {
  if (status >= 200 && status <= 299) return { outcome: 'delivered' };
  if (status === 410) return { outcome: 'refused', reason: 'the receiver answered 410: it wants no more' };
  return { outcome: 'failed', reason: `expected a status of 200 to 299, got ${status}` };
}

/** A URL that can never be sent to, however often it is tried. */
function isUnusable(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === 'ERR_INVALID_URL' || code === 'UND_ERR_INVALID_ARG';
}
