/** A reference to a stored task, as it travels through a queue. The payload stays in the store. */
export interface QueueMessage {
  id: string;
  /** The lane: tasks of one algorithm wait together, and never behind another's. */
  algorithm: string;
  /** 0 to 9; higher goes first within its lane, equal ones in order of arrival. */
  priority: number;
  /** Milliseconds since the epoch before which it is not delivered. */
  availableAt?: number;
  /** W3C trace context of the submission, for whoever looks at messages in a broker; the record has it as well. */
  traceparent?: string;
}

/** A message held by this consumer alone until it is acknowledged, released, or its lease runs out. */
export interface Delivery {
  message: QueueMessage;
  /** How often it was delivered and its consumer vanished, before this time. */
  lostDeliveries: number;
  /**
   * Nobody ever held this copy of the message: when its task is running, that is another copy's doing, and this one is one
   * too many. Only brokers that may keep a message twice say so.
   */
  fresh: boolean;
  /** Done with: never delivered again. False when the lease was lost meanwhile. */
  ack(): Promise<boolean>;
  /** Gives it back, to be delivered again after `delayMs`. False when the lease was lost meanwhile. */
  release(delayMs: number, options?: ReleaseOptions): Promise<boolean>;
}

export interface ReleaseOptions {
  /** The task may still be running in the store, under an attempt that nobody will settle. @default false */
  unsettled?: boolean;
}

/** How much a consumer can take of one lane now. */
export interface LaneDemand {
  algorithm: string;
  max: number;
}

export interface LaneDepth {
  algorithm: string;
  /** Ready to be delivered. */
  ready: number;
  /** Waiting for a later time; absent where the queue cannot tell. */
  delayed?: number;
  /** With a consumer; where the queue cannot tell, with this one. */
  claimed: number;
  /** Arrival of the oldest ready one, milliseconds since the epoch; absent where the queue cannot tell. */
  oldestAt?: number;
}

/**
 * Durable lanes of task references. Every implementation passes test/queue/contract.ts.
 *
 * A published message is delivered at least once. Its consumer holds it under a lease that the queue itself
 * renews while the consumer's process lives; a message whose consumer vanished is delivered again.
 */
export interface TaskQueue {
  /** Resolves when the message survives a crash of this process and of the machine. Idempotent by id. */
  publish(message: QueueMessage): Promise<void>;
  /** Takes up to `max` messages of each lane, best first. Never waits for messages: see `onReady`. */
  claim(demands: readonly LaneDemand[]): Promise<Delivery[]>;
  /** Removes a message that nobody holds. False when it is held or not there, or the queue cannot: then its reader drops it. */
  remove(id: string): Promise<boolean>;
  /** Lanes that may have messages to deliver now. Cost grows with the number of such lanes, not of messages. */
  readyLanes(): Promise<string[]>;
  /** Calls back when a lane may have become ready: published, due, released or taken from a lost consumer. Returns the way to stop. */
  onReady(listener: (algorithm: string) => void): () => void;
  depths(): Promise<LaneDepth[]>;
  /** Resolves when it can be worked with now. @throws RunyardError `queue_unavailable` */
  check(): Promise<void>;
  /** Stops renewing and delivering. Held messages go to others when `release` is true. */
  close(options?: { release?: boolean }): Promise<void>;
}
