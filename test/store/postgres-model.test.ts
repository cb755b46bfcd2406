import { test } from 'vitest';
import { openPostgresTaskStore } from '../../src/store/index.js';
import { createPostgresSchema } from '../servers/postgres.js';
import { compareWithModel } from './model-comparison.js';

test(
  'whatever happens to tasks in PostgreSQL, in whatever order, leaves them as the states promise',
  { timeout: 180_000 },
  async () => {
    await compareWithModel(async () => {
      const schema = await createPostgresSchema();
      const store = await openPostgresTaskStore(schema);
      return { store, close: () => store.close().then(() => schema.close()) };
    }, 60);
  },
);
