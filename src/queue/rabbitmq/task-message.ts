import type { MessageProperties, Options } from 'amqplib';
import { isAlgorithmName, isTraceparent, TRACEPARENT_HEADER } from '../../protocol/index.js';
import type { QueueMessage } from '../task-queue.js';

/** A message of a lane, and what has happened to it. */
export interface TaskMessage {
  message: QueueMessage;
  /** When it was first published, milliseconds since the epoch. */
  publishedAt: number;
  /** Consumers that vanished with it. */
  lostDeliveries: number;
  /** Nobody ever held it. */
  fresh: boolean;
}

const LOST = 'x-runyard-lost';
const HELD = 'x-runyard-held';
/** More than any real one has. */
const MAX_BYTES = 16 * 1024;

export function encodeTaskMessage(task: TaskMessage): { content: Buffer; properties: Options.Publish } {
  const { message, publishedAt, lostDeliveries, fresh } = task;
  const { traceparent, ...body } = message;
  return {
    content: Buffer.from(JSON.stringify({ ...body, publishedAt })),
    properties: {
      persistent: true,
      contentType: 'application/json',
      messageId: message.id,
      type: 'runyard.task',
      headers: {
        ...(lostDeliveries > 0 && { [LOST]: lostDeliveries }),
        ...(!fresh && { [HELD]: true }),
        ...(traceparent !== undefined && { [TRACEPARENT_HEADER]: traceparent }),
      },
    },
  };
}

/** @throws Error that says what was expected */
export function decodeTaskMessage(
  content: Buffer,
  { headers = {} }: Pick<MessageProperties, 'headers'>,
  redelivered: boolean,
): TaskMessage {
  if (content.length > MAX_BYTES)
    throw new Error(`expected at most ${MAX_BYTES} bytes, got ${content.length}`);
  const body = parse(content);
  const { id, algorithm, priority, availableAt, publishedAt } = body;
  if (typeof id !== 'string' || id.length === 0 || id.length > 128)
    throw new Error('expected an id of 1 to 128 characters');
  if (!isAlgorithmName(algorithm)) throw new Error('expected the name of an algorithm');
  if (typeof priority !== 'number' || !Number.isInteger(priority) || priority < 0 || priority > 9)
    throw new Error('expected a priority from 0 to 9');
  if (availableAt !== undefined && !Number.isFinite(availableAt))
    throw new Error('expected availableAt to be a number');
  const returned = countReturns(headers, redelivered);
  const traceparent: unknown = headers[TRACEPARENT_HEADER];
  return {
    message: {
      id,
      algorithm,
      priority,
      ...(availableAt !== undefined && { availableAt: availableAt as number }),
      ...(isTraceparent(traceparent) && { traceparent }),
    },
    publishedAt: typeof publishedAt === 'number' ? publishedAt : 0,
    lostDeliveries: toCount(headers[LOST]) + returned,
    fresh: returned === 0 && headers[HELD] !== true,
  };
}

function parse(content: Buffer): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw new Error('expected JSON', { cause: error });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error('expected a JSON object');
  return body as Record<string, unknown>;
}

/** Newer brokers count what a vanished consumer held as acquired, older ones as delivered. */
function countReturns(headers: Record<string, unknown>, redelivered: boolean): number {
  const counted = Math.max(toCount(headers['x-delivery-count']), toCount(headers['x-acquired-count']));
  return Math.max(counted, redelivered ? 1 : 0);
}

function toCount(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}
