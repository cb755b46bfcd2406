import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { until } from '../until.js';
import type { SharedServer } from './shared-server.js';

/** A place for servers that test files start when they need them; at the end of the run all are stopped. */
export default function setUp(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'runyard-servers-'));
  // Servers that refuse to run as root run as a user of their own, who must get to their folders.
  chmodSync(folder, 0o755);
  project.provide('serversFolder', folder);
  return async () => {
    const notes = readdirSync(folder).filter((name) => name.endsWith('.json'));
    await Promise.all(notes.map((name) => stop(join(folder, name))));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function stop(note: string): Promise<void> {
  const { pid, stopSignal = 'SIGTERM' } = JSON.parse(readFileSync(note, 'utf8')) as Partial<SharedServer>;
  if (pid === undefined || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, stopSignal);
  await until(`process ${pid} has ended`, () => !existsSync(`/proc/${pid}`));
}
