import type { EncodedEvent } from '../../event-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';

interface Append {
  id: string;
  events: readonly EncodedEvent[];
}

/** The row of the task numbers its events, and lets one append at a time. */
const APPEND = createStatement<[id: string]>(
  'append events',
  `WITH numbered AS (
     UPDATE tasks SET event_seq = tasks.event_seq + new.count
     FROM unnest($1::text[], $2::integer[]) AS new (id, count) WHERE tasks.id = new.id
     RETURNING tasks.id, tasks.seq, tasks.event_seq - new.count AS before
   ), kept AS (
     INSERT INTO task_events (task, seq, time, attempt, type, data)
     SELECT numbered.seq, numbered.before + event.place, event.time, event.attempt, event.type, event.data
     FROM unnest($3::text[], $4::integer[], $5::bigint[], $6::integer[], $7::text[], $8::text[])
       AS event (id, place, time, attempt, type, data)
     JOIN numbered ON numbered.id = event.id
   )
   SELECT id FROM numbered`,
);

/** Events of tasks. Those of an unknown task go nowhere. */
export const appendEvents: ChangeKind<Append, void, [id: string]> = {
  statement: APPEND,
  encode(appends) {
    const events = appends.flatMap(({ id, events: ofTask }) => {
      const kept = encodeText(id);
      return ofTask.map((event, place) => ({ id: kept, place: place + 1, event }));
    });
    return [
      textArray(appends.map(({ id }) => encodeText(id))),
      integerArray(appends.map(({ events: { length } }) => length)),
      textArray(events.map(({ id }) => id)),
      integerArray(events.map(({ place }) => place)),
      bigintArray(events.map(({ event: [time] }) => time)),
      integerArray(events.map(({ event: [, attempt] }) => attempt)),
      textArray(events.map(({ event: [, , type] }) => type)),
      textArray(events.map(({ event: [, , , data] }) => data)),
    ];
  },
  decode(rows, appends, marks) {
    const known = new Set(rows.map(([id]) => id));
    for (const { id } of appends) if (known.has(encodeText(id))) marks.push({ id });
    return appends.map(() => {});
  },
};
