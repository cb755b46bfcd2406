import { afterEach } from 'vitest';

type Closable = { close(): unknown };

const open: Closable[] = [];

/** Closes something after the test, the last opened first. */
export function releaseLater<T extends Closable>(thing: T): T {
  open.push(thing);
  return thing;
}

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
