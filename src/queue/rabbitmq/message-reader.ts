import type { ConsumeMessage, GetMessage } from 'amqplib';
import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { Publisher } from './publisher.js';
import { decodeTaskMessage, type TaskMessage } from './task-message.js';
import type { Topology } from './topology.js';
import type { WorkChannel } from './work-channels.js';

export interface MessageReaderOptions {
  topology: Topology;
  publisher: Publisher;
  logger: Logger;
}

/** Reads what comes out of lanes, and puts away what cannot be read. */
export class MessageReader {
  readonly #options: MessageReaderOptions;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** Undefined for a message that cannot be read: it is being put away. */
  read(raw: ConsumeMessage | GetMessage, channel: WorkChannel): TaskMessage | undefined {
    try {
      return decodeTaskMessage(raw.content, raw.properties, raw.fields.redelivered);
    } catch (error) {
      void this.#putAway(raw, channel, describeError(error));
      return undefined;
    }
  }

  /** Kept with its reason where somebody can look at it, out of everyone's way. */
  async #putAway(raw: ConsumeMessage | GetMessage, channel: WorkChannel, reason: string): Promise<void> {
    const { topology, publisher, logger } = this.#options;
    logger.error(`a message cannot be read and is put into ${topology.rejected}: ${reason}`);
    const properties = {
      persistent: true,
      headers: { ...raw.properties.headers, 'x-runyard-reason': reason },
    };
    const outgoing = { exchange: '', routingKey: topology.rejected, content: raw.content, properties };
    try {
      await publisher.publish(outgoing);
      channel.ack(raw);
    } catch (error) {
      // Not acknowledged: the broker delivers it again after this channel, and it is put away then.
      logger.error({ err: error }, `it could not be put away: ${describeError(error)}`);
    }
  }
}
