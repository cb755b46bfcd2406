import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { BrokerLink } from './broker-link.js';
import type { Lane } from './lane.js';
import type { LaneQueue } from './lane-queue.js';
import type { LaneTable } from './lane-table.js';
import type { QueueCounts } from './queue-counts.js';
import type { WorkChannel, WorkChannels } from './work-channels.js';

export interface LaneWatchOptions {
  lanes: LaneTable;
  link: BrokerLink;
  counts: QueueCounts;
  channels: WorkChannels;
  logger: Logger;
}

const CHECK_MS = 500;
/** At most a tenth of the time is spent on looking. */
const REST_FACTOR = 9;
/** A channel over which even a question takes longer than this is dead. */
const ANSWER_MS = 10_000;

/**
 * Looks at lanes that nothing would be pushed from, so that somebody hears when they fill; and at those that something
 * should have been pushed from, so that a subscription the broker has forgotten is made anew.
 */
export class LaneWatch {
  readonly #options: LaneWatchOptions;
  /** Subscribed queues that had messages and pushed none, and the time of their last delivery then. */
  readonly #suspects = new Map<LaneQueue, number>();
  /** Queues that were subscribed to anew, and the time of their last delivery then. */
  readonly #replaced = new Map<LaneQueue, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LaneWatchOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer === undefined) this.#schedule(CHECK_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Lanes with something to deliver. */
  async findReady(): Promise<string[]> {
    const lanes = this.#options.lanes.list();
    const ready = await Promise.all(lanes.map(async (lane) => lane.hasArrivals || this.#hasMessages(lane)));
    return lanes.filter((_, index) => ready[index]).map(({ algorithm }) => algorithm);
  }

  async #hasMessages(lane: Lane): Promise<boolean> {
    if (lane.isWaiting) return false;
    for (const { name } of lane.queues) if ((await this.#options.counts.count(name)) > 0) return true;
    return false;
  }

  #schedule(afterMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#check(), afterMs).unref();
  }

  async #check(): Promise<void> {
    const startedAt = performance.now();
    try {
      if (this.#options.link.isOpen && this.#options.lanes.isHeard) await this.#look();
    } catch (error) {
      this.#options.logger.debug({ err: error }, `looking at the lanes failed: ${describeError(error)}`);
    }
    this.#schedule(Math.max(CHECK_MS, (performance.now() - startedAt) * REST_FACTOR));
  }

  async #look(): Promise<void> {
    const { lanes } = this.#options;
    for (const lane of lanes.list()) {
      if (lane.hasArrivals) continue;
      if (lane.isWaiting) for (const queue of lane.queues) await this.#checkHearing(lane, queue);
      else if (await this.#hasMessages(lane)) lanes.tell(lane.algorithm);
    }
  }

  /** A queue that has messages and does not push them, twice in a row, has forgotten the subscription. */
  async #checkHearing(lane: Lane, queue: LaneQueue): Promise<void> {
    const [channel] = queue.channels;
    if (!channel) return;
    const count = await this.#ask(channel, queue.name);
    const isSilent = count > 0 && queue.room > 0 && queue.arrivals.length === 0;
    const suspectedAt = this.#suspects.get(queue);
    if (!isSilent) this.#suspects.delete(queue);
    else if (suspectedAt === undefined || suspectedAt !== queue.lastDeliveryAt)
      this.#suspects.set(queue, queue.lastDeliveryAt);
    else await this.#replace(lane, queue, count);
  }

  /** Over another channel first; when that hears nothing either, over another connection. */
  async #replace(lane: Lane, queue: LaneQueue, count: number): Promise<void> {
    const { logger, link, channels } = this.#options;
    this.#suspects.delete(queue);
    const what = `${count} messages wait in ${queue.name} and none is delivered`;
    if (this.#replaced.get(queue) === queue.lastDeliveryAt) {
      this.#replaced.delete(queue);
      return link.cut(what);
    }
    this.#replaced.set(queue, queue.lastDeliveryAt);
    logger.warn(`${what}: subscribing anew over another channel`);
    const deaf = queue.channels;
    await queue.unsubscribe();
    for (const channel of deaf) await channels.abandon(channel);
    lane.listen();
  }

  async #ask(channel: WorkChannel, queue: string): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((resolve) => {
      timer = setTimeout(() => {
        this.#options.link.cut(`a question over a channel had no answer for ${ANSWER_MS} ms`);
        resolve(0);
      }, ANSWER_MS);
    });
    try {
      return await Promise.race([channel.count(queue), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
