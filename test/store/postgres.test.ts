import { openPostgresTaskStore, type PostgresTaskStore } from '../../src/store/index.js';
import { createPostgresSchema } from '../servers/postgres.js';
import { describeTaskStore, type StoreBacking } from './contract.js';

async function createBacking(): Promise<StoreBacking> {
  const { url, schema, close } = await createPostgresSchema();
  const stores: PostgresTaskStore[] = [];
  return {
    async open() {
      const store = await openPostgresTaskStore({ url, schema });
      stores.push(store);
      return store;
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await close();
    },
  };
}

describeTaskStore('PostgreSQL', createBacking);
