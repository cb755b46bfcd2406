import { test } from 'vitest';
import { openDatabase } from '../../src/sqlite/index.js';
import { SqliteTaskStore } from '../../src/store/index.js';
import { createTempDir } from '../sqlite/temp-dir.js';
import { compareWithModel } from './model-comparison.js';

test(
  'whatever happens to tasks in SQLite, in whatever order, leaves them as the states promise',
  { timeout: 120_000 },
  async () => {
    const dir = createTempDir();
    let run = 0;
    await compareWithModel(async () => {
      const database = openDatabase({ path: `${dir}/${run++}.db` });
      const store = new SqliteTaskStore({ database });
      return { store, close: () => store.close().then(() => database.close()) };
    }, 60);
  },
);
