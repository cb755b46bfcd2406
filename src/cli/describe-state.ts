import type { Settings } from '../config/index.js';

/** Where tasks wait and are kept, without passwords. */
export function describeState({ queue, store }: Settings, dataDir: string): string {
  const embedded = `${dataDir}/yard.sqlite (embedded)`;
  if (queue.url === undefined && store.url === undefined) return embedded;
  return `${describeServer(queue.url) ?? embedded}, records in ${describeServer(store.url) ?? embedded}`;
}

function describeServer(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
