import { beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/telemetry/index.js';
import { openPostgresTaskStore, type PostgresTaskStoreOptions } from '../../src/store/index.js';
import { releaseLater } from '../release.js';
import { createPostgresSchema, getPostgresUrl, runSql } from '../servers/postgres.js';
import { until } from '../until.js';
import { createServer, createTask, openStore } from './open-postgres.js';

function collectLog(): { logger: NonNullable<PostgresTaskStoreOptions['logger']>; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) } as unknown as NodeJS.WritableStream;
  return { logger: createLogger({ level: 'info', pretty: false, destination }), lines };
}

describe('opening a PostgreSQL store', () => {
  let url: string;
  beforeAll(async () => {
    url = await getPostgresUrl();
  });

  const change = (edit: (parts: URL) => void): string => {
    const parts = new URL(url);
    edit(parts);
    return parts.href;
  };

  test('of many stores at once, one makes the tables', async () => {
    const place = releaseLater(await createPostgresSchema());
    const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresTaskStore(place)));
    for (const store of stores) releaseLater(store);
    await Promise.all(stores.map((store, index) => createTask(store, `task ${index}`)));
    expect(await stores[0]?.counts()).toEqual([{ algorithm: 'ocr', state: 'waiting', count: 6 }]);
  });

  test('refuses tables of a newer version', async () => {
    const { place } = await openStore();
    await runSql(url, `UPDATE "${place.schema}".runyard_schema SET version = 99`);
    await expect(openPostgresTaskStore(place)).rejects.toMatchObject({
      code: 'data_unusable',
      message: /newer version: its tables have version 99/,
    });
  });

  test.each([
    [
      'a wrong password',
      (parts: URL) => (parts.password = 'wrong'),
      'invalid_config',
      /refused the password of user/,
    ],
    [
      'an unknown database',
      (parts: URL) => (parts.pathname = '/nowhere'),
      'invalid_config',
      /Expected database "nowhere" .* create it/,
    ],
    [
      'a URL of something else',
      (parts: URL) => (parts.protocol = 'mysql:'),
      'invalid_config',
      /store\.url: expected/,
    ],
    [
      'a port where nothing listens',
      (parts: URL) => (parts.port = '1'),
      'store_unavailable',
      /nothing listens there: start it, or correct store\.url\. It was tried for 1500 ms/,
    ],
  ])('says what is wrong with %s, and never the password', async (_, edit, code, message) => {
    const { logger, lines } = collectLog();
    const wrong = change(edit);
    const opening = openPostgresTaskStore({ url: wrong, logger, startTimeoutMs: 1500 });
    const error = await opening.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code, message });
    expect(error?.message).not.toContain(new URL(wrong).password);
    expect(lines.join('')).not.toContain(new URL(wrong).password);
    if (code === 'store_unavailable') expect(lines.join('')).toMatch(/nothing listens there.* Trying again/);
  });

  test('waits for a server that starts later', async () => {
    const server = await createServer();
    const { logger, lines } = collectLog();
    const opening = openPostgresTaskStore({ url: server.url, logger });
    await until('the wait is told of', () => lines.some((line) => line.includes('Trying again')));
    await server.start();
    const store = releaseLater(await opening);
    expect((await createTask(store, 'a')).created).toBe(true);
  });

  test('waits for a database to become writable, and says so', async () => {
    const server = await createServer();
    await server.start();
    await runSql(server.url, 'ALTER DATABASE postgres SET default_transaction_read_only = on');
    const { logger, lines } = collectLog();
    const opening = openPostgresTaskStore({ url: server.url, logger });
    await until('the wait is told of', () => lines.some((line) => line.includes('it is read-only')));
    const writable = `${server.url}?options=-c%20default_transaction_read_only%3Doff`;
    await runSql(writable, 'ALTER DATABASE postgres RESET default_transaction_read_only');
    releaseLater(await opening);
  });
});
