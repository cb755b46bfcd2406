import type { Delivery } from '../task-queue.js';
import { MAX_DELAY_MS } from './delay-key.js';
import type { Held, HeldMessages } from './held-messages.js';
import { noteSettled, type Arrival } from './lane-queue.js';
import type { TaskSender } from './task-sender.js';

/** Clocks of different machines may differ by this much; a message that is early by less is not sent back to wait. */
const MAX_CLOCK_SKEW_MS = 5_000;

export interface DeliveriesOptions {
  held: HeldMessages;
  sender: TaskSender;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/** Hands messages over to whoever claimed them, and settles them by that one's word. */
export class Deliveries {
  readonly #options: DeliveriesOptions;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Undefined for a message whose time has not come: it goes back to wait. */
  async deliver(arrival: Arrival): Promise<Delivery | undefined> {
    const { held: messages, sender, clock } = this.#options;
    const { task } = arrival;
    const held = messages.hold(arrival);
    const { availableAt } = task.message;
    const leftMs = availableAt === undefined ? 0 : availableAt - clock();
    if (leftMs > MAX_CLOCK_SKEW_MS) {
      // It was to wait longer than one passage allows.
      await sender.send(task, leftMs);
      this.#settle(held);
      return undefined;
    }
    return {
      message: task.message,
      lostDeliveries: task.lostDeliveries,
      fresh: task.fresh,
      ack: () => Promise.resolve(this.#settle(held)),
      release: (delayMs, options) => this.#release(held, delayMs, options?.unsettled ?? false),
    };
  }

  /** Messages that were pushed and never claimed: they go on as they were. */
  async giveBack(arrivals: readonly Arrival[]): Promise<void> {
    await settleAll(arrivals.map((arrival) => this.#giveBackOne(arrival)));
  }

  /** Gives back everything that is claimed and not settled; the attempts on it stay open in the store. */
  async releaseAll(): Promise<void> {
    const held = this.#options.held.list();
    await settleAll(held.map((one) => this.#release(one, 0, true)));
  }

  async #giveBackOne(arrival: Arrival): Promise<void> {
    if (!arrival.channel.isOpen) return;
    await this.#options.sender.send(arrival.task, 0);
    if (arrival.channel.ack(arrival.raw)) noteSettled(arrival);
  }

  #settle(held: Held): boolean {
    if (!this.#options.held.settle(held)) return false;
    noteSettled(held.arrival);
    return true;
  }

  /** Sent anew first, acknowledged then: in between there are two of it, never none. */
  async #release(held: Held, delayMs: number, unsettled: boolean): Promise<boolean> {
    const { held: messages, sender, clock } = this.#options;
    if (!messages.beginRelease(held)) return false;
    const { task } = held.arrival;
    const { availableAt: _over, ...message } = task.message;
    const again = delayMs > MAX_DELAY_MS ? { availableAt: clock() + delayMs } : {};
    try {
      await sender.send({ ...task, message: { ...message, ...again }, fresh: !unsettled }, delayMs);
    } finally {
      messages.takeBack(held);
    }
    return this.#settle(held);
  }
}

/** Waits for all, whatever becomes of some. @throws what failed first */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
