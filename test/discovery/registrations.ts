import type { AddressInfo } from 'node:net';
import {
  createDiscoveryServer,
  RunnerRegistry,
  type RunnerRegistryOptions,
} from '../../src/discovery/index.js';
import type { DiscoveryServerOptions } from '../../src/discovery/index.js';
import type { Descriptor, RunnerRegistration } from '../../src/protocol/index.js';
import { releaseLater } from '../release.js';

export const descriptor = (name: string, more: Partial<Descriptor> = {}): Descriptor => ({
  name,
  input: { type: 'object' },
  mode: 'unary',
  limits: {},
  ...more,
});

export function registration(names: string[], more: Partial<RunnerRegistration> = {}): RunnerRegistration {
  return {
    host: 'http://127.0.0.1:1',
    algorithms: names.map((name) => descriptor(name)),
    capacity: 4,
    load: 0,
    ...more,
  };
}

export interface OpenDiscovery {
  registry: RunnerRegistry;
  url: string;
  port: number;
  /** Connections that are open now. */
  connections: () => Promise<number>;
  close(): Promise<void>;
}

/** A registry and its server, listening. Closed after the test unless it was before. */
export async function openDiscovery(
  options: RunnerRegistryOptions & { watch?: DiscoveryServerOptions['watch']; port?: number } = {},
): Promise<OpenDiscovery> {
  const { watch, port = 0, ...registryOptions } = options;
  const registry = new RunnerRegistry(registryOptions);
  const server = createDiscoveryServer({ registry, ...(watch && { watch }) });
  await server.listen({ host: '127.0.0.1', port });
  const bound = (server.server.address() as AddressInfo).port;
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await server.close();
    await registry.close();
  };
  return releaseLater({
    registry,
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    connections: () =>
      new Promise<number>((resolve, reject) =>
        server.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close: () => (closed ??= close()),
  });
}
