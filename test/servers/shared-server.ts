import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { until } from '../until.js';

/** A server that outlives the test file that started it, until the run ends. */
export interface SharedServer {
  /** Stopped by its id when the run ends; absent for one that was there before. */
  pid?: number;
  stopSignal?: NodeJS.Signals;
  /** How tests reach it. */
  url: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where servers of this test run have their files and are found by the test files that come later. */
    serversFolder: string;
  }
}

/**
 * Gives the run's one server of this name: the first test file that asks starts it, in a folder of its own.
 * Files run in processes of their own, so they agree by files: a folder that only one can make, and a note of the result.
 */
export async function shareServer(
  name: string,
  start: (folder: string) => Promise<SharedServer>,
): Promise<SharedServer> {
  const folder = join(inject('serversFolder'), name);
  const note = `${folder}.json`;
  if (isFirst(folder)) {
    const result = await start(folder).catch((error: unknown) => ({ error: String(error) }));
    writeFileSync(`${note}.new`, JSON.stringify(result));
    renameSync(`${note}.new`, note);
  }
  await until(`${name} is started by another test file`, () => existsSync(note), { timeoutMs: 110_000 });
  const result = JSON.parse(readFileSync(note, 'utf8')) as SharedServer | { error: string };
  if ('error' in result) throw new Error(`${name} could not be started: ${result.error}`);
  return result;
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}
