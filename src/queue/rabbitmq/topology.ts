import { createHash } from 'node:crypto';
import type { Channel } from 'amqplib';
import { RunyardError } from '../../errors/index.js';
import { DELAY_BITS, DELAY_UNIT_MS } from './delay-key.js';

/** One queue of the broker: the messages of one algorithm that share a priority. */
export interface LaneName {
  algorithm: string;
  /** 0 to 9. */
  priority: number;
}

/** The declared layout. A change to it gets a new number, so that old and new processes never share a queue they disagree about. */
const TOPOLOGY_VERSION = 1;

/**
 * What Runyard declares in the broker, all of it beginning with `<prefix>.v<version>`:
 *
 * - `lane.<priority>.<algorithm>`: quorum queues that hold the messages. Quorum queues know no priorities, so each has its own.
 * - `delay.<n>`: a queue whose messages expire after 100 ms times 2^n, and an exchange in front of it. A wait is a sum of
 *   such steps; its bits are in the routing key.
 * - `due`: where a wait ends, bound to every lane.
 * - `lanes`: a stream that names every lane once, so that consumers can find them.
 * - `rejected`: what could not be read, with the reason.
 */
export class Topology {
  readonly due: string;
  readonly lanes: string;
  readonly rejected: string;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = `${prefix}.v${TOPOLOGY_VERSION}`;
    this.due = `${this.#prefix}.due`;
    this.lanes = `${this.#prefix}.lanes`;
    this.rejected = `${this.#prefix}.rejected`;
  }

  lane({ algorithm, priority }: LaneName): string {
    return `${this.#prefix}.lane.${priority}.${algorithm}`;
  }

  /** Both the exchange and the queue of one delay step. */
  delay(step: number): string {
    return `${this.#prefix}.delay.${String(step).padStart(2, '0')}`;
  }

  /** A queue that one consumer keeps one message in. */
  hold(id: string): string {
    return `${this.#prefix}.hold.${id}`;
  }

  /** Declares everything but the lanes; harmless when it is there. */
  async declare(channel: Channel): Promise<void> {
    await channel.assertExchange(this.due, 'topic', { durable: true });
    await channel.assertQueue(this.rejected, { durable: true, arguments: QUORUM });
    await channel.assertQueue(this.lanes, { durable: true, arguments: { 'x-queue-type': 'stream' } });
    for (let step = 0; step < DELAY_BITS; step++) await this.#declareDelay(channel, step);
  }

  async declareLane(channel: Channel, lane: LaneName): Promise<void> {
    const queue = this.lane(lane);
    await channel.assertQueue(queue, {
      durable: true,
      arguments: {
        ...QUORUM,
        // What a policy of the broker's owner would drop is kept where it can be seen.
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': this.rejected,
      },
    });
    await channel.bindQueue(queue, this.due, `#.${laneKey(lane)}`);
  }

  async #declareDelay(channel: Channel, step: number): Promise<void> {
    const name = this.delay(step);
    const next = step === 0 ? this.due : this.delay(step - 1);
    const before = '*.'.repeat(DELAY_BITS - 1 - step);
    await channel.assertExchange(name, 'topic', { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        ...QUORUM,
        'x-message-ttl': DELAY_UNIT_MS * 2 ** step,
        'x-dead-letter-exchange': next,
        // Moved on with a confirm, so that a broker that dies meanwhile loses nothing; that needs the overflow rule.
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      },
    });
    await channel.bindQueue(name, name, `${before}1.#`);
    await channel.bindExchange(next, name, `${before}0.#`);
  }
}

const QUORUM = { 'x-queue-type': 'quorum' } as const;

/** A routing key has room for 255 bytes, and the steps of a wait take 40 of them. */
const MAX_WORD = 150;

/** One word of a routing key: it must hold no dot. */
export function laneKey({ algorithm, priority }: LaneName): string {
  const word = algorithm.replaceAll('%', '%25').replaceAll('.', '%2E');
  const short = word.length <= MAX_WORD ? word : createHash('sha256').update(word).digest('hex');
  return `${priority}-${short}`;
}

/** What the broker's refusal of a declaration means, and what to do about it; undefined for any other error. */
export function explainMismatch(error: unknown): RunyardError | undefined {
  const { code, message } = error as { code?: unknown; message?: string };
  if (code !== 406 || !message?.includes('inequivalent arg')) return undefined;
  const kind = message.includes('for exchange') ? 'exchange' : 'queue';
  const name = /for (?:queue|exchange) '([^']*)'/.exec(message)?.[1] ?? '';
  const remedy =
    kind === 'queue'
      ? `rabbitmqctl delete_queue '${name}' (what waits in it is lost)`
      : `rabbitmqctl eval 'rabbit_exchange:delete(rabbit_misc:r(<<"/">>, exchange, <<"${name}">>), false, <<"runyard">>).'`;
  return new RunyardError(
    'queue_mismatch',
    `The broker holds the ${kind} '${name}' with other arguments than Runyard declares (${message.replace(/^.*?PRECONDITION_FAILED - /, '').replace(/"$/, '')}). ` +
      `Choose another queue.prefix, or remove it: ${remedy}`,
    { cause: error },
  );
}
