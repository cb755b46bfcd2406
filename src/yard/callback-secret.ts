import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The key callbacks are signed with: made once and kept in the data directory, readable by its owner alone. */
export async function loadCallbackSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'callback-secret');
  const fresh = `whsec_${randomBytes(32).toString('base64')}`;
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(path, `${fresh}\n`, { flag: 'wx', mode: 0o600 });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(path, 'utf8')).trim();
  }
}
