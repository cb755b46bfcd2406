import { randomInt } from 'node:crypto';
import type { RabbitmqOptions } from '../servers/rabbitmq-process.js';

/** What the original programs can be told of a broker is its host: they take its usual port and its first user. */
const ORIGINAL_PORT = 5672;

/** A broker as they expect it, on an address of loopback that nobody else has. */
export function describeOriginalBroker(): RabbitmqOptions & { host: string } {
  const host = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return { host, port: ORIGINAL_PORT, user: 'guest:guest' };
}
