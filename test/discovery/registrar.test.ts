import { describe, expect, test } from 'vitest';
import { Registrar, RunnerRegistry, type RegistrarOptions } from '../../src/discovery/index.js';
import type { RunnerRegistration } from '../../src/protocol/index.js';
import { findFreePort, serveOriginalDiscovery } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openDiscovery, registration } from './registrations.js';

function open(options: Partial<RegistrarOptions> & { said?: RunnerRegistration }): Registrar {
  const { said = registration(['x', 'y']), ...rest } = options;
  return releaseLater(
    new Registrar({
      id: 'r',
      registration: () => said,
      discoveries: [],
      firstBackoffMs: 20,
      maxBackoffMs: 50,
      ...rest,
    }),
  );
}

const ids = (registry: RunnerRegistry): string[] => registry.list().map(({ id }) => id);

describe('a registrar', () => {
  test('registers with every discovery, renews well before its lease runs out, and unregisters', async () => {
    const [one, two] = [await openDiscovery({ leaseMs: 600 }), await openDiscovery({ leaseMs: 600 })];
    const here = releaseLater(new RunnerRegistry({ leaseMs: 600 }));
    const gone: string[] = [];
    for (const registry of [one.registry, two.registry, here])
      registry.watch((delta) => delta.type === 'delete' && gone.push(delta.id));
    const registrar = open({ discoveries: [one.url, `${two.url}/`], registry: here });
    await registrar.start();
    for (const registry of [one.registry, two.registry, here]) expect(ids(registry)).toEqual(['r']);
    const first = one.registry.get('r')!.renewedAt;
    await until('several leases have passed', () => one.registry.get('r')!.renewedAt > first + 1300);
    expect(gone).toEqual([]);
    await registrar.close();
    expect(gone).toEqual(['r', 'r', 'r']);
  });

  test('a discovery that is down when it starts, or restarts, gets the registration as soon as it is up', async () => {
    const port = await findFreePort();
    const registrar = open({ discoveries: [`http://127.0.0.1:${port}`] });
    await registrar.start();
    const first = await openDiscovery({ port, leaseMs: 300 });
    await until('it is registered', () => ids(first.registry).length === 1);
    await first.close();
    const second = await openDiscovery({ port });
    await until('it is registered again', () => ids(second.registry).length === 1);
  });

  test('changes in quick succession are told once, soon', async () => {
    const registry = releaseLater(new RunnerRegistry());
    const said = registration(['x']);
    const registrar = open({ registry, said, throttleMs: 50 });
    await registrar.start();
    let news = 0;
    registry.watch(() => news++);
    for (let load = 1; load <= 20; load++) {
      said.load = load;
      registrar.changed();
    }
    expect(news).toBe(0);
    await until('the last is told', () => registry.get('r')!.load === 20, { timeoutMs: 1000 });
    expect(news).toBe(1);
  });

  test('what is pushed is told before the push resolves, though a renewal is under way', async () => {
    const { url, registry } = await openDiscovery();
    const said = registration(['x']);
    const registrar = open({ discoveries: [url], said });
    const starting = registrar.start();
    said.draining = true;
    await registrar.push();
    expect(registry.get('r')!.draining).toBe(true);
    await starting;
  });

  test('closing right after starting leaves no registration behind', async () => {
    const { url, registry } = await openDiscovery();
    let puts = 0;
    registry.watch((delta) => delta.type === 'put' && puts++);
    const registrar = open({ discoveries: [url] });
    void registrar.start();
    await registrar.close();
    expect(puts).toBe(1);
    expect(ids(registry)).toEqual([]);
  });

  test('a discovery that refuses the registration is tried again, quietly', async () => {
    const { url, registry } = await openDiscovery();
    const said = registration(['x'], { capacity: -1 });
    const registrar = open({ discoveries: [url], said });
    await registrar.start();
    expect(ids(registry)).toEqual([]);
    said.capacity = 1;
    await until('it is registered', () => ids(registry).length === 1);
  });
});

describe('an original discovery', () => {
  test('is told of each algorithm, because it knows no leases', async () => {
    const discovery = releaseLater(await serveOriginalDiscovery());
    const registrar = open({ discoveries: [discovery.url] });
    await registrar.start();
    expect(discovery.registry).toEqual({ x: 'http://127.0.0.1:1', y: 'http://127.0.0.1:1' });
    expect(discovery.requests.map(({ method, body }) => `${method} ${body}`).slice(1)).toEqual([
      'POST {"algorithm":"x","host":"http://127.0.0.1:1"}',
      'POST {"algorithm":"y","host":"http://127.0.0.1:1"}',
    ]);
    await registrar.push();
    expect(discovery.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  test('is not told again of a runner that drains', async () => {
    const discovery = releaseLater(await serveOriginalDiscovery());
    const registrar = open({ discoveries: [discovery.url], said: registration(['x'], { draining: true }) });
    await registrar.start();
    expect(discovery.registry).toEqual({});
  });

  test('with `original`, our own discovery is told both ways and holds one runner', async () => {
    const { url, registry } = await openDiscovery();
    const registrar = open({ discoveries: [url], original: true });
    await registrar.start();
    expect(registry.list().map(({ kind }) => kind)).toEqual(['lease']);
  });
});
