import { asUnavailable } from './broker-errors.js';
import { routeDelay } from './delay-key.js';
import type { LaneDirectory } from './lane-directory.js';
import { UnroutableError, type Outgoing, type Publisher } from './publisher.js';
import { encodeTaskMessage, type TaskMessage } from './task-message.js';
import { laneKey, type LaneName, type Topology } from './topology.js';

export interface TaskSenderOptions {
  topology: Topology;
  directory: LaneDirectory;
  publisher: Publisher;
}

/** Puts messages into their lanes, by way of the waiting queues where they are to come later. */
export class TaskSender {
  readonly #options: TaskSenderOptions;

  constructor(options: TaskSenderOptions) {
    this.#options = options;
  }

  /** Resolves when the broker has it safely. @throws RunyardError `queue_unavailable`, `queue_mismatch` */
  async send(task: TaskMessage, delayMs: number): Promise<void> {
    const { directory, publisher } = this.#options;
    const { algorithm, priority } = task.message;
    const lane = { algorithm, priority };
    const outgoing = this.#address(task, lane, delayMs);
    try {
      await directory.ensure(lane);
      await publisher.publish(outgoing);
    } catch (error) {
      if (!(error instanceof UnroutableError)) throw asUnavailable(error);
      // Somebody deleted the lane's queue.
      await directory.declare(lane);
      await publisher.publish(outgoing);
    }
  }

  #address(task: TaskMessage, lane: LaneName, delayMs: number): Outgoing {
    const { topology } = this.#options;
    const encoded = encodeTaskMessage(task);
    const route = routeDelay(delayMs);
    if (!route) return { exchange: '', routingKey: topology.lane(lane), ...encoded };
    return {
      exchange: topology.delay(route.step),
      routingKey: `${route.bits}.${laneKey(lane)}`,
      ...encoded,
    };
  }
}
