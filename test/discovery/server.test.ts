import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../src/telemetry/index.js';
import { createDiscoveryServer, RunnerRegistry } from '../../src/discovery/index.js';
import type { Problem } from '../../src/protocol/index.js';
import { findFreePort, serveOriginalRunner } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openDiscovery, registration } from './registrations.js';

async function send(
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; text: string; type: string | null }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    ...(body !== undefined && { body: text, headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

describe('the original two operations', () => {
  test('registering answers null, and the registry is one flat object of hosts', async () => {
    const { url } = await openDiscovery();
    const answer = await send('POST', `${url}/algorithms`, {
      algorithm: 'ocr',
      host: 'http://nlp-runner:5001',
    });
    expect(answer).toMatchObject({ status: 200, text: 'null' });
    expect(answer.type).toContain('application/json');
    await send('POST', `${url}/algorithms`, {
      algorithm: 'language_detection',
      host: 'http://nlp-runner:5001',
    });
    expect(await send('GET', `${url}/algorithms`)).toMatchObject({
      status: 200,
      text: '{"language_detection":"http://nlp-runner:5001","ocr":"http://nlp-runner:5001"}',
    });
  });

  test('an empty registry is an empty object', async () => {
    const { url } = await openDiscovery();
    expect((await send('GET', `${url}/algorithms`)).text).toBe('{}');
  });

  test('of several runners one host is given, the same each time, and none that drains', async () => {
    const { url, registry } = await openDiscovery();
    registry.put('b', registration(['x'], { host: 'http://b' }));
    registry.put('a', registration(['x'], { host: 'http://a' }));
    const hosts = async () => (await send('GET', `${url}/algorithms`)).text;
    const first = await hosts();
    registry.put('b', registration(['x'], { host: 'http://b', load: 3 }));
    expect(await hosts()).toBe(first);
    registry.put('b', registration(['x'], { host: 'http://b', draining: true }));
    registry.put('c', registration(['x'], { host: 'http://c', draining: true }));
    expect(await hosts()).toBe('{"x":"http://a"}');
    registry.delete('a');
    expect(await hosts()).toBe('{}');
  });

  test.each([
    ['no JSON', '{"algorithm":', ['body'], 'value_error.jsondecode'],
    ['nothing', '', ['body'], 'value_error.missing'],
    ['an array', '[]', ['body'], 'type_error.dict'],
    ['no host', { algorithm: 'x' }, ['body', 'host'], 'value_error.missing'],
    ['a host that is no address', { algorithm: 'x', host: 'nowhere' }, ['body', 'host'], 'value_error'],
    ['a host that is a file', { algorithm: 'x', host: 'file:///etc' }, ['body', 'host'], 'value_error'],
    ['a name that is a number', { algorithm: 5, host: 'http://a' }, ['body', 'algorithm'], 'type_error.str'],
    ['a name with blanks', { algorithm: 'a b', host: 'http://a' }, ['body', 'algorithm'], 'value_error'],
  ])('registering %s is a 422 whose detail is FastAPI’s', async (_what, body, loc, type) => {
    const { url, registry } = await openDiscovery();
    const answer = await send('POST', `${url}/algorithms`, body);
    expect(answer.status).toBe(422);
    const problem = JSON.parse(answer.text) as Problem;
    expect(problem).toMatchObject({ code: 'malformed_body', status: 422, detail: [{ loc, type }] });
    expect(registry.list()).toEqual([]);
  });

  test('a registered runner that is dead is left out until it answers', async () => {
    const port = await findFreePort();
    const { url } = await openDiscovery({ probeIntervalMs: 30 });
    const host = `http://127.0.0.1:${port}`;
    await send('POST', `${url}/algorithms`, { algorithm: 'ocr', host });
    const hosts = async () => (await send('GET', `${url}/algorithms`)).text;
    await until('it is left out', async () => (await hosts()) === '{}');
    releaseLater(await serveOriginalRunner(port));
    await until('it is back', async () => (await hosts()) === JSON.stringify({ ocr: host }));
  });

  test('a runner that registers all its algorithms before it listens is not taken for dead', async () => {
    const port = await findFreePort();
    const { url } = await openDiscovery({ probeIntervalMs: 60_000 });
    for (const algorithm of ['a', 'b', 'c', 'd'])
      await send('POST', `${url}/algorithms`, { algorithm, host: `http://127.0.0.1:${port}` });
    const { text } = await send('GET', `${url}/algorithms`);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an algorithm named like a trap is an entry like others', async () => {
    const { url } = await openDiscovery();
    await send('POST', `${url}/algorithms`, { algorithm: '__proto__', host: 'http://a' });
    expect((await send('GET', `${url}/algorithms`)).text).toBe('{"__proto__":"http://a"}');
  });
});

describe('leases over HTTP', () => {
  test('a runner registers, is listed, and unregisters, twice if it likes', async () => {
    const { url } = await openDiscovery({ leaseMs: 1234 });
    const said = registration(['team/ocr'], {
      labels: { zone: 'a' },
      version: '1.2',
      capacities: { 'team/ocr': 2 },
    });
    const answer = await send('PUT', `${url}/runners/r-1`, {
      ...said,
      kind: 'probe',
      healthy: false,
      id: 'other',
    });
    expect(JSON.parse(answer.text)).toEqual({ leaseMs: 1234 });
    const [runner] = JSON.parse((await send('GET', `${url}/runners`)).text) as unknown[];
    expect(runner).toMatchObject({ ...said, id: 'r-1', kind: 'lease', healthy: true });
    const algorithm = await send('GET', `${url}/algorithms/team/ocr`);
    expect(JSON.parse(algorithm.text)).toMatchObject({
      name: 'team/ocr',
      input: { type: 'object' },
      runners: [{ id: 'r-1', host: said.host, capacity: 4 }],
    });
    expect(algorithm.text).not.toContain('"algorithms"');
    for (let times = 0; times < 2; times++)
      expect((await send('DELETE', `${url}/runners/r-1`)).status).toBe(204);
    expect((await send('GET', `${url}/algorithms/team/ocr`)).status).toBe(404);
  });

  test.each([
    ['an id with a slash', 'a%2Fb', {}, '/id'],
    ['an id like those of runners without a lease', 'original:http%3A%2F%2Fa', {}, '/id'],
    ['a host that is no address', 'r', { host: 'nowhere' }, '/host'],
    ['a host with a password', 'r', { host: 'http://a:b@c' }, '/host'],
    ['a negative capacity', 'r', { capacity: -1 }, '/capacity'],
    ['a capacity that is text', 'r', { capacity: '4' }, '/capacity'],
    [
      'a bad name',
      'r',
      { algorithms: [{ ...registration(['x']).algorithms[0], name: 'a b' }] },
      '/algorithms/0/name',
    ],
    [
      'too many algorithms',
      'r',
      registration(Array.from({ length: 1001 }, (_, i) => `a${i}`)),
      '/algorithms',
    ],
    ['labels that are no text', 'r', { labels: { a: 1 } }, '/labels/a'],
  ])('%s is refused with the field named', async (_what, id, wrong, path) => {
    const { url, registry } = await openDiscovery();
    const answer = await send('PUT', `${url}/runners/${id}`, { ...registration(['x']), ...wrong });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'malformed_request', errors: [{ path }] });
    expect(registry.list()).toEqual([]);
  });

  test('a registration over the size limit is refused', async () => {
    const registry = releaseLater(new RunnerRegistry());
    const server = releaseLater(createDiscoveryServer({ registry, bodyLimitBytes: 1000 }));
    const payload = registration(['x'], { labels: { a: 'b'.repeat(1000) } });
    const answer = await server.inject({ method: 'PUT', url: '/runners/r', payload });
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'body_too_large' });
  });

  test('an unknown path is a problem, too', async () => {
    const { url } = await openDiscovery();
    expect(await send('GET', `${url}/nothing`)).toMatchObject({
      status: 404,
      type: expect.stringContaining('application/problem+json') as string,
    });
  });
});

test('health and metrics count what there is', async () => {
  const registry = releaseLater(new RunnerRegistry());
  const server = releaseLater(createDiscoveryServer({ registry, metrics: createMetrics() }));
  registry.put('a', registration(['x', 'y']));
  registry.registerOriginal({ algorithm: 'z', host: 'http://127.0.0.1:1' });
  expect((await server.inject('/health')).json()).toMatchObject({ status: 'ok', runners: 2, algorithms: 3 });
  const { payload } = await server.inject('/metrics');
  expect(payload).toContain('runyard_discovery_runners{kind="lease"} 1');
  expect(payload).toContain('runyard_discovery_runners{kind="probe"} 1');
});
