import { TASK_STATES } from '../../protocol/index.js';
import { STATE_CODE } from '../state-code.js';
import type { TaskMark } from './task-mark.js';
import { decodeText, encodeText } from './text-code.js';

/** PostgreSQL takes less than 8000 bytes in one notice. */
const MAX_NOTICE_BYTES = 7900;
/** More changes at once than fit in this many are told as "anything may have changed". */
const MAX_NOTICES = 50;

/** What a process says to the others: who it is, and which tasks it changed, or that it cannot say. */
export interface Notice {
  origin: string;
  /** Undefined: any task may have changed. */
  marks: TaskMark[] | undefined;
}

/** Lines: the origin, then a task each, with the code of the state it came into, or `-`, before it. */
export function encodeNotices(origin: string, marks: readonly TaskMark[]): string[] {
  const notices: string[] = [];
  let notice = origin;
  let bytes = origin.length;
  for (const { id, state } of marks) {
    const line = `\n${state === undefined ? '-' : STATE_CODE[state]}${encodeText(id)}`;
    const size = Buffer.byteLength(line);
    if (origin.length + size > MAX_NOTICE_BYTES) return [`${origin}\n*`];
    if (bytes + size > MAX_NOTICE_BYTES) {
      notices.push(notice);
      notice = origin;
      bytes = origin.length;
    }
    notice += line;
    bytes += size;
  }
  return notices.length < MAX_NOTICES ? [...notices, notice] : [`${origin}\n*`];
}

export function decodeNotice(text: string): Notice {
  const [origin = '', ...lines] = text.split('\n');
  if (lines[0] === '*') return { origin, marks: undefined };
  const marks = lines.map((line) => {
    const state = TASK_STATES[Number.parseInt(line.charAt(0))];
    return { id: decodeText(line.slice(1)), ...(state !== undefined && { state }) };
  });
  return { origin, marks };
}
