/** Opens and migrates a database, writes a line into it, and ends. */
import { openDatabase } from '../../src/sqlite/index.js';

const database = openDatabase({ path: process.argv[2] ?? '' });
database.migrate('notes', [
  'CREATE TABLE notes (note TEXT NOT NULL UNIQUE)',
  "INSERT INTO notes VALUES ('migrated')",
]);
const insert = database.prepare('INSERT INTO notes VALUES (?)');
await database.write(() => insert.run([`process ${process.pid}`]));
await database.close();
