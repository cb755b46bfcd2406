import { connect, type ConfirmChannel, type ConsumeMessage } from 'amqplib';

export interface BareLoop {
  /** Publishes a message with a confirm and waits until it has come back and is acknowledged. */
  once: () => Promise<void>;
  close: () => Promise<void>;
}

const PREFETCH = 200;
const CHANNELS = 8;

/** What the broker and the client library can do with so many quorum queues and nothing else; each message goes to the next one. */
export async function openBareLoop(url: string, queues = 1): Promise<BareLoop> {
  const connection = await connect(url, { noDelay: true });
  const publishing = await connection.createConfirmChannel();
  const consuming = await Promise.all(
    Array.from({ length: Math.min(CHANNELS, queues) }, () => connection.createChannel()),
  );
  const names = Array.from({ length: queues }, (_, index) => `bare-${queues}-${index}`);
  const waiting = new Map<string, () => void>();
  for (const [index, name] of names.entries()) {
    const channel = consuming[index % consuming.length] ?? publishing;
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.prefetch(PREFETCH);
    await channel.consume(name, (message: ConsumeMessage | null) => {
      if (!message) return;
      channel.ack(message);
      const id = String(message.properties.messageId);
      waiting.get(id)?.();
      waiting.delete(id);
    });
  }
  let sent = 0;
  return {
    async once() {
      const queue = names[sent % names.length] ?? '';
      const messageId = String(sent++);
      const come = new Promise<void>((resolve) => waiting.set(messageId, resolve));
      await Promise.all([publish(publishing, queue, messageId), come]);
    },
    close: () => connection.close(),
  };
}

function publish(channel: ConfirmChannel, queue: string, messageId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const content = Buffer.from('{"algorithm":"noop","payload":{}}');
    channel.sendToQueue(queue, content, { persistent: true, messageId }, (error: unknown) =>
      error instanceof Error ? reject(error) : resolve(),
    );
  });
}
