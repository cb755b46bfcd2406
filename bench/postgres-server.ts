import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresProcess } from '../test/servers/postgres-process.js';

/**
 * Runs something against a PostgreSQL of its own, with nothing in it, that syncs the disk as it does by default.
 * @param use gets where it is, and the process that all others of it are children of
 */
export async function withPostgres<T>(use: (url: string, pid: number) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
  await chmod(folder, 0o755);
  const server = await PostgresProcess.create(folder);
  try {
    await server.start();
    return await use(server.url, server.pid ?? 0);
  } finally {
    await server.stop('fast');
    await rm(folder, { recursive: true, force: true });
  }
}
