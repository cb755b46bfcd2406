import { describe, expect, test } from 'vitest';
import { RunnerRegistry } from '../../src/discovery/index.js';
import { openDiscovery } from '../discovery/registrations.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openRunner, post } from './open-runner.js';
import { ScriptedHost, succeededWith, untilCancelled } from './scripted-host.js';

describe('registration', () => {
  test('says where the runner is, what it offers, and how much it takes', async () => {
    const host = new ScriptedHost({ name: 'a' }, { name: 'b' });
    host.capacities = { a: 3, b: 1 };
    const discovery = await openDiscovery();
    const registry = releaseLater(new RunnerRegistry());
    const runner = await openRunner(host, {
      id: 'r-1',
      discoveries: [discovery.url],
      registry,
      labels: { zone: 'x' },
    });
    expect(runner.address).toBe(`http://127.0.0.1:${runner.port}`);
    for (const entry of [discovery.registry.get('r-1'), registry.get('r-1')])
      expect(entry).toMatchObject({
        host: runner.address,
        algorithms: host.algorithms,
        capacity: 4,
        capacities: { a: 3, b: 1 },
        load: 0,
        version: '1.2.3',
        labels: { zone: 'x' },
        kind: 'lease',
        healthy: true,
      });
    await runner.close();
    expect(discovery.registry.list()).toEqual([]);
    expect(registry.list()).toEqual([]);
  });

  test('names the given address, and makes an id of the name', async () => {
    const runner = await openRunner(new ScriptedHost({}), {
      name: 'Müller & co',
      address: 'http://box:5001',
    });
    expect(runner.registration().host).toBe('http://box:5001');
    expect(runner.id).toMatch(/^M-ller-co-[0-9a-f]{8}$/);
  });

  test('follows the project when it changes', async () => {
    const host = new ScriptedHost({ name: 'a' });
    const registry = releaseLater(new RunnerRegistry());
    await openRunner(host, { id: 'r', registry });
    host.change({ algorithms: new ScriptedHost({ name: 'b' }).algorithms });
    await until('the new algorithm is known', () => registry.get('r')!.algorithms[0]!.name === 'b');
  });

  test('a taken port is said, and nothing is left behind', async () => {
    const first = await openRunner();
    const registry = releaseLater(new RunnerRegistry());
    const second = openRunner(new ScriptedHost({}), {
      listen: { host: '127.0.0.1', port: first.port },
      registry,
    });
    await expect(second).rejects.toMatchObject({ code: 'port_in_use' });
    expect(registry.list()).toEqual([]);
  });

  test('an id that discovery would refuse is refused here', async () => {
    await expect(openRunner(new ScriptedHost({}), { id: 'a/b' })).rejects.toMatchObject({
      code: 'invalid_config',
    });
  });
});

describe('draining', () => {
  test('refuses new work as busy, tells discovery at once, and waits for what runs', async () => {
    const host = new ScriptedHost({});
    let end = (): void => undefined;
    host.behave = async () => {
      await new Promise<void>((resolve) => (end = resolve));
      return succeededWith('1');
    };
    const { url, registry } = await openDiscovery();
    const runner = await openRunner(host, { id: 'r', discoveries: [url] });
    const running = post(`${runner.address}/run/echo`, {});
    await until('the run has begun', () => host.requests.length === 1);
    let isDrained = false;
    const draining = runner.drain().then(() => (isDrained = true));
    // Long before the next renewal.
    await until('discovery knows', () => registry.get('r')!.draining === true, { timeoutMs: 2_500 });
    const refused = await post(`${runner.address}/run/echo`, {});
    expect(refused.status).toBe(503);
    expect(refused.json()).toMatchObject({ code: 'draining', class: 'busy' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(host.requests).toHaveLength(1);
    expect(isDrained).toBe(false);
    end();
    await draining;
    expect(await running).toMatchObject({ status: 200, text: '{"result":1}' });
  });

  test('waits no longer than its signal says', async () => {
    const host = new ScriptedHost({});
    host.behave = untilCancelled;
    const runner = await openRunner(host);
    const running = post(`${runner.address}/run/echo`, {});
    await until('the run has begun', () => host.requests.length === 1);
    await runner.drain(AbortSignal.timeout(50));
    await runner.close();
    expect((await running).status).toBe(503);
  });
});

test('closing cancels what runs, and tells its clients that somebody else has to do it', async () => {
  const host = new ScriptedHost({});
  let cancelled = 0;
  host.behave = async (request, hooks) => {
    const outcome = await untilCancelled(request, hooks);
    cancelled++;
    return outcome;
  };
  const runner = await openRunner(host);
  const json = post(`${runner.address}/run/echo`, {});
  const stream = post(
    `${runner.address}/run/echo`,
    {},
    {
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
  );
  await until('both runs have begun', () => host.requests.length === 2);
  await runner.close();
  const answer = await json;
  expect(answer.status).toBe(503);
  expect(answer.json()).toMatchObject({ code: 'draining', class: 'busy' });
  expect((await stream).text).toContain('"code":"draining"');
  await until('both are cancelled', () => cancelled === 2);
  await expect(fetch(`${runner.address}/health`)).rejects.toThrow();
});
