import type { ConsumeMessage } from 'amqplib';
import { describeError } from '../../errors/index.js';
import { isAlgorithmName } from '../../protocol/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { BrokerLink } from './broker-link.js';
import type { Publisher } from './publisher.js';
import { laneKey, type LaneName, type Topology } from './topology.js';

export interface LaneDirectoryOptions {
  /** Where lanes are read and declared. */
  link: BrokerLink;
  publisher: Publisher;
  topology: Topology;
  logger: Logger;
  onLane: (lane: LaneName) => void;
}

const READ_AT_ONCE = 500;
/** What was in the stream when reading began arrives without a pause this long. */
const QUIET_MS = 50;
const LONGEST_LOAD_MS = 2_000;

/** All lanes there are: read from a stream in the broker that names each of them. */
export class LaneDirectory {
  readonly #options: LaneDirectoryOptions;
  readonly #known = new Map<string, LaneName>();
  readonly #declaring = new Map<string, Promise<void>>();
  #lastReadAt = 0;
  #loaded: Promise<void>;
  #markLoaded: () => void = () => undefined;

  constructor(options: LaneDirectoryOptions) {
    this.#options = options;
    this.#loaded = new Promise((resolve) => (this.#markLoaded = resolve));
  }

  get lanes(): LaneName[] {
    return [...this.#known.values()];
  }

  /** Reads the stream from its beginning, and goes on reading; to be called at each new connection. */
  async follow(): Promise<void> {
    const { link, topology, logger } = this.#options;
    const channel = await link.openChannel();
    await channel.prefetch(READ_AT_ONCE);
    const read = (message: ConsumeMessage | null): void => {
      if (!message) return;
      this.#lastReadAt = performance.now();
      channel.ack(message);
      const lane = parseLane(message.content);
      if (lane) this.#add(lane);
      else logger.warn('an entry in the list of lanes cannot be read; passing over it');
    };
    await channel.consume(topology.lanes, read, { arguments: { 'x-stream-offset': 'first' } });
    this.#lastReadAt = performance.now();
    void this.#waitForQuiet();
  }

  /** Resolves when what was in the stream at the start has been read. */
  whenLoaded(): Promise<void> {
    return this.#loaded;
  }

  /** Makes sure that a lane exists, and that everybody hears of it. @throws what the broker refuses */
  async ensure(lane: LaneName): Promise<void> {
    const key = laneKey(lane);
    if (this.#known.has(key)) return;
    let declaring = this.#declaring.get(key);
    if (!declaring) {
      declaring = this.declare(lane).finally(() => this.#declaring.delete(key));
      this.#declaring.set(key, declaring);
    }
    await declaring;
  }

  /** Declares a lane, known or not. */
  async declare(lane: LaneName): Promise<void> {
    const { link, topology, publisher } = this.#options;
    await link.withChannel((channel) => topology.declareLane(channel, lane));
    if (this.#known.has(laneKey(lane))) return;
    const content = Buffer.from(JSON.stringify(lane));
    await publisher.publish({
      exchange: '',
      routingKey: topology.lanes,
      content,
      properties: { persistent: true },
    });
    this.#add(lane);
  }

  /** Declares every known lane again: a broker that died forgets what was declared in its last seconds. */
  async declareAll(): Promise<void> {
    const { link, topology } = this.#options;
    for (const lane of this.lanes) await link.withChannel((channel) => topology.declareLane(channel, lane));
  }

  #add(lane: LaneName): void {
    const key = laneKey(lane);
    if (this.#known.has(key)) return;
    this.#known.set(key, lane);
    try {
      this.#options.onLane(lane);
    } catch (error) {
      this.#options.logger.error({ err: error }, `a listener to lanes failed: ${describeError(error)}`);
    }
  }

  async #waitForQuiet(): Promise<void> {
    const end = performance.now() + LONGEST_LOAD_MS;
    while (performance.now() < end && performance.now() - this.#lastReadAt < QUIET_MS)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.#markLoaded();
  }
}

function parseLane(content: Buffer): LaneName | undefined {
  try {
    const { algorithm, priority } = JSON.parse(content.toString('utf8')) as Record<string, unknown>;
    const isPriority =
      typeof priority === 'number' && Number.isInteger(priority) && priority >= 0 && priority <= 9;
    return isAlgorithmName(algorithm) && isPriority ? { algorithm, priority } : undefined;
  } catch {
    // Not JSON: the caller says that it is passed over.
    return undefined;
  }
}
