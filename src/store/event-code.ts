import type { TaskEvent } from '../protocol/index.js';

/** An event as it is kept, without its task and place. */
export type EncodedEvent = [time: number, attempt: number, type: string, data: string];

export type EventRow = [seq: number, time: number, attempt: number, type: TaskEvent['type'], data: string];

export function encodeEvent({ time, attempt, type, data }: Omit<TaskEvent, 'seq'>): EncodedEvent {
  return [time, attempt, type, JSON.stringify(data) ?? 'null'];
}

export function decodeEvent([seq, time, attempt, type, data]: EventRow): TaskEvent {
  return { seq, time, attempt, type, data: JSON.parse(data) as unknown };
}
