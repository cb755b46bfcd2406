import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../until.js';
import { createTempDir, insertNote, openNotes } from './temp-dir.js';

describe('listeners', () => {
  test('hear of what this process marked as soon as it is committed', async () => {
    const database = openNotes();
    const channel = database.getChannel('notes');
    const heard: string[][] = [];
    channel.listen((changed) => heard.push([...(changed ?? ['?'])]));
    await Promise.all([
      database.write(() => channel.mark('a')),
      database.write(() => channel.mark('b')),
      database.write(() => database.getChannel('other').mark('c')),
    ]);
    expect(heard).toEqual([['a', 'b']]);
  });

  test('hear nothing of what was rolled back', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path, busyTimeoutMs: 1 });
    const other = openNotes({ path });
    const channel = database.getChannel('notes');
    const heard: unknown[] = [];
    channel.listen((changed) => heard.push(changed));
    database.exec('PRAGMA max_page_count = 1');
    const big = 'x'.repeat(1_000_000);
    const write = database.write(() => {
      channel.mark('a');
      insertNote(database, big);
    });
    await expect(write).rejects.toMatchObject({ code: 'queue_unavailable' });
    await database.write(() => undefined);
    expect(heard).toEqual([]);
    await other.close();
  });

  test('hear of commits by other connections, without knowing what changed', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path });
    const other = openNotes({ path });
    const heard: unknown[] = [];
    const stop = database.getChannel('notes').listen((changed) => heard.push(changed));
    await other.write(() => insertNote(other, 'one'));
    await until('the change is heard', () => heard.length > 0, { everyMs: 1 });
    expect(heard).toEqual([undefined]);

    stop();
    await other.write(() => insertNote(other, 'two'));
    const second: unknown[] = [];
    database.getChannel('notes').listen((changed) => second.push(changed));
    await other.write(() => insertNote(other, 'three'));
    await until('the next change is heard', () => second.length > 0, { everyMs: 1 });
    expect(heard).toHaveLength(1);
  });

  test('that fail keep nobody else from hearing', async () => {
    const database = openNotes();
    const channel = database.getChannel('notes');
    let heard = 0;
    channel.listen(() => {
      throw new Error('deaf');
    });
    channel.listen(() => (heard += 1));
    await database.write(() => channel.mark('a'));
    expect(heard).toBe(1);
  });
});
