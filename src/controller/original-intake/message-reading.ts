import { isUtf8 } from 'node:buffer';
import type { ErrorCode } from '../../errors/index.js';
import { isAlgorithmName, UNREADABLE, type NewTask, type TaskError } from '../../protocol/index.js';
import { isDeeperThan, MAX_DEPTH } from '../../validation/index.js';
import { keepContent } from './kept-content.js';

/** What a message says. It holds on to no more of the message than is needed. */
export interface MessageReading {
  /** As the message has it: nothing but its form as JSON is checked. */
  task: NewTask;
  /** What is kept, as a dead task, when this cannot be run. */
  refused: NewTask;
  /** Why it cannot be run, if that is known already. */
  error?: TaskError;
}

/** Turns the bytes of a message into a reading; never throws. */
export type ReadMessage = (content: Buffer) => MessageReading;

/** A payload that is refused is kept as it is up to this size, so that it can be corrected and redriven. */
const MAX_KEPT_PAYLOAD = 1024 * 1024;

/** `{"algorithm", "payload"}`, as the original producers write it. Other fields are passed over, as the original controller does. */
export function readOriginalMessage(content: Buffer, maxBytes: number): MessageReading {
  if (content.length > maxBytes) return refuseSize(content, maxBytes, UNREADABLE);
  if (!isUtf8(content)) return refuse(content, 'malformed_body', 'expected UTF-8, got other bytes');
  let body: unknown;
  try {
    body = JSON.parse(content.toString('utf8'));
  } catch (error) {
    return refuse(content, 'malformed_body', `expected JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  if (!isObject(body))
    return refuse(content, 'malformed_body', `expected a JSON object, got ${nameKind(body)}`);
  // Algorithm and payload are whatever they are: whoever accepts the task says what is wrong with them.
  const { algorithm, payload } = body as unknown as NewTask;
  return { task: { algorithm, payload }, refused: keepRefused(content, body) };
}

/** Any bytes: the fixed runner of Part II gets them as they are. */
export function readBareMessage(content: Buffer, maxBytes: number, algorithm: string): MessageReading {
  if (content.length > maxBytes) return refuseSize(content, maxBytes, algorithm);
  const payload = isUtf8(content)
    ? { body: content.toString('utf8') }
    : { base64: content.toString('base64') };
  return { task: { algorithm, payload }, refused: { algorithm, payload } };
}

/** A message of which nothing can be used. */
export function refuse(
  content: Buffer,
  code: ErrorCode,
  message: string,
  algorithm: string = UNREADABLE,
): MessageReading {
  const refused = { algorithm, payload: keepContent(content) };
  return { task: refused, refused, error: { class: 'invalid', code, message } };
}

function refuseSize(content: Buffer, maxBytes: number, algorithm: string): MessageReading {
  const message = `expected at most ${maxBytes} bytes (queue.originalMaxBytes), got ${content.length}`;
  return refuse(content, 'body_too_large', message, algorithm);
}

function keepRefused(content: Buffer, { algorithm, payload }: Record<string, unknown>): NewTask {
  const isKeepable =
    payload !== undefined && content.length <= MAX_KEPT_PAYLOAD && !isDeeperThan(payload, MAX_DEPTH);
  return {
    algorithm: isAlgorithmName(algorithm) ? algorithm : UNREADABLE,
    payload: isKeepable && isAlgorithmName(algorithm) ? payload : keepContent(content),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameKind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
