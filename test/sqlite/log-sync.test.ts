import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { LogSync } from '../../src/sqlite/log-sync.js';
import { releaseLater } from '../release.js';
import { createTempDir } from './temp-dir.js';

function openLog(checkpoint: () => void, prepare: (path: string) => void): LogSync {
  const path = join(createTempDir(), 'yard.db');
  prepare(`${path}-wal`);
  return releaseLater(new LogSync(path, checkpoint));
}

test('syncing a sound log copies nothing', async () => {
  const checkpoint = vi.fn();
  const log = openLog(checkpoint, (path) => writeFileSync(path, ''));
  await log.sync();
  await log.sync();
  expect(checkpoint).not.toHaveBeenCalled();
});

test('after a sync that failed, a later one counts only with the log copied elsewhere', async () => {
  const checkpoint = vi.fn();
  // A pipe cannot be synced, which is as good as a broken disk.
  const log = openLog(checkpoint, (path) => void execFileSync('mkfifo', [path]));
  await expect(log.sync()).rejects.toThrow(/EINVAL/);
  expect(checkpoint).not.toHaveBeenCalled();
  await expect(log.sync()).rejects.toThrow(/EINVAL/);
  expect(checkpoint).toHaveBeenCalledTimes(1);
  checkpoint.mockImplementation(() => {
    throw new Error('no room to copy it');
  });
  await expect(log.sync()).rejects.toThrow(/no room/);
});

test('a log that could not be opened is opened the next time', async () => {
  const path = join(createTempDir(), 'yard.db');
  const log = releaseLater(new LogSync(path, () => undefined));
  await expect(log.sync()).rejects.toThrow(/ENOENT/);
  writeFileSync(`${path}-wal`, '');
  await log.sync();
});
