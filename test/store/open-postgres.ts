import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openPostgresTaskStore,
  type CreateResult,
  type PostgresTaskStore,
  type PostgresTaskStoreOptions,
} from '../../src/store/index.js';
import { releaseLater } from '../release.js';
import { createPostgresSchema, type PostgresSchema } from '../servers/postgres.js';
import { PostgresProcess } from '../servers/postgres-process.js';

export const T0 = 1_700_000_000_000;

/** A store with tables of its own, on the server of the run. */
export async function openStore(
  options: Partial<PostgresTaskStoreOptions> = {},
): Promise<{ store: PostgresTaskStore; place: PostgresSchema }> {
  const place = releaseLater(await createPostgresSchema());
  const store = releaseLater(await openPostgresTaskStore({ ...place, ...options }));
  return { store, place };
}

/** A server that nobody else uses, to be stopped and broken; not yet started. */
export async function createServer(): Promise<PostgresProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-postgres-'));
  await chmod(folder, 0o755);
  const server = await PostgresProcess.create(folder);
  releaseLater({
    close: async () => {
      await server.stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  });
  return server;
}

export function createTask(store: PostgresTaskStore, id: string): Promise<CreateResult> {
  return store.create(id, { algorithm: 'ocr', payload: { id } }, T0);
}
