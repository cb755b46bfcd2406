import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';
import { Lane } from './lane.js';
import { LaneQueue, type Arrival } from './lane-queue.js';
import type { MessageReader } from './message-reader.js';
import type { LaneName, Topology } from './topology.js';
import type { WorkChannels } from './work-channels.js';

export interface LaneTableOptions {
  topology: Topology;
  channels: WorkChannels;
  reader: MessageReader;
  /** Puts messages back that were pushed and that nobody claims. */
  giveBack: (arrivals: readonly Arrival[]) => Promise<void>;
  logger: Logger;
}

/** The lanes that this consumer knows, and who wants to hear when one of them has something. */
export class LaneTable {
  readonly #options: LaneTableOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #listeners = new Set<(algorithm: string) => void>();
  #queueCount = 0;
  #closed = false;

  constructor(options: LaneTableOptions) {
    this.#options = options;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  list(): Lane[] {
    return [...this.#lanes.values()];
  }

  get(algorithm: string): Lane | undefined {
    return this.#lanes.get(algorithm);
  }

  /** A lane has come into being, or has a queue for one more priority. */
  add({ algorithm, priority }: LaneName): void {
    if (this.#closed) return;
    let lane = this.#lanes.get(algorithm);
    if (!lane) this.#lanes.set(algorithm, (lane = this.#createLane(algorithm)));
    lane.addPriority(priority);
    if (this.isHeard) lane.listen();
  }

  onReady(listener: (algorithm: string) => void): () => void {
    // The same function may listen twice.
    const registered = (algorithm: string): void => listener(algorithm);
    this.#listeners.add(registered);
    this.listen();
    return () => this.#listeners.delete(registered);
  }

  /** Has the broker tell when a lane fills, as far as anybody wants to know. */
  listen(): void {
    if (this.isHeard) for (const lane of this.#lanes.values()) lane.listen();
  }

  tell(algorithm: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(algorithm);
      } catch (error) {
        // A listener's fault must not keep the others from hearing.
        this.#options.logger.error({ err: error }, 'a listener to ready lanes failed');
      }
    }
  }

  silence(): void {
    this.#listeners.clear();
  }

  /** Asks for nothing more, and gives what came and was not claimed. */
  async close(): Promise<Arrival[]> {
    this.#closed = true;
    return (await Promise.all(this.list().map((lane) => lane.close()))).flat();
  }

  #createLane(algorithm: string): Lane {
    const { giveBack, logger } = this.#options;
    return new Lane({
      algorithm,
      createQueue: (priority, events) => this.#createQueue({ algorithm, priority }, events),
      onReady: (name) => this.tell(name),
      giveBack,
      onError: (error) =>
        logger.debug({ err: error, algorithm }, `a lane could not be read: ${describeError(error)}`),
    });
  }

  #createQueue(name: LaneName, events: { onArrival: () => void; onVoid: () => void }): LaneQueue {
    const { topology, channels, reader } = this.#options;
    const number = this.#queueCount++;
    return new LaneQueue({
      name: topology.lane(name),
      priority: name.priority,
      openChannel: () => channels.get(number),
      read: (raw, channel) => reader.read(raw, channel),
      ...events,
    });
  }
}
