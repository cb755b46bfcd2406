import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlgorithmView, HealthView, TaskPageView, TaskSummaryView } from '../../src/protocol/index.js';
import { apiKey, createTestGateway, openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;
let foreign: string;
let own: string;

const ALL = { authorization: 'Bearer all-key' };
const ECHO = { 'x-api-key': 'echo-key' };
const OTHER_ECHO = { authorization: 'bearer other-echo-key' };

beforeAll(async () => {
  gateway = await openGateway({
    apiKeys: [
      apiKey('all', 'all-key'),
      apiKey('echoer', 'echo-key', ['echo']),
      apiKey('other', 'other-echo-key', ['echo']),
    ],
  });
  const submit = async (headers: Record<string, string>) => {
    const response = await gateway.post('/tasks', { algorithm: 'echo', payload: { text: 'hi' } }, headers);
    return ((await response.json()) as TaskSummaryView).id;
  };
  foreign = await submit(ALL);
  own = await submit(ECHO);
});
afterAll(() => gateway.close());

const CLOSED: [string, string][] = [
  ['POST', '/run/echo'],
  ['POST', '/tasks'],
  ['GET', '/tasks'],
  ['GET', '/tasks/x'],
  ['GET', '/tasks/x/events'],
  ['POST', '/tasks/x/cancel'],
  ['POST', '/tasks/x/redrive'],
  ['POST', '/tasks/redrive'],
  ['GET', '/algorithms'],
  ['GET', '/algorithms/echo'],
  ['GET', '/schemas'],
  ['GET', '/queues'],
  ['GET', '/metrics'],
  ['GET', '/openapi.json'],
  ['GET', '/docs/json'],
  ['GET', '/docs/yaml'],
  ['GET', '/nothing/here'],
];

describe('without a key', () => {
  it.each(CLOSED)('%s %s is refused', async (method, path) => {
    const response = await gateway.fetch(path, { method });
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(response.headers.get('www-authenticate')).toMatch(/^(Bearer|Basic)/);
  });

  it.each(['/', '/docs', '/docs/', '/docs/static/swagger-ui.css', '/health'])('%s is open', async (path) => {
    expect((await gateway.fetch(path)).status).toBe(200);
  });

  it('the page under / leads to the docs', async () => {
    const response = await gateway.fetch('/', { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
  });

  it('health says whether, and nothing of what', async () => {
    const open = (await (await gateway.fetch('/health')).json()) as HealthView;
    expect(open).toEqual({
      status: 'ok',
      version: '1.2.3',
      checks: { queue: 'ok', store: 'ok', directory: 'ok' },
    });
    const known = (await (await gateway.fetch('/health', { headers: ALL })).json()) as HealthView;
    expect(known.runners).toMatchObject([{ id: 'r1', algorithms: ['echo', 'vision/ocr'], healthy: true }]);
  });
});

describe('a key', () => {
  it.each([
    ['as bearer', { authorization: 'Bearer all-key' }],
    ['as bearer in small letters', { authorization: 'bearer all-key' }],
    ['in a header of its own', { 'x-api-key': 'all-key' }],
  ])('%s opens everything', async (_how, headers) => {
    expect((await gateway.post('/run/echo', { text: 'hi' }, headers)).status).toBe(200);
    expect((await gateway.fetch('/metrics', { headers })).status).toBe(200);
  });

  it.each([
    ['that is not known', { authorization: 'Bearer all-keyy' }],
    ['that is empty', { authorization: 'Bearer ' }],
    ['given as its hash', { 'x-api-key': apiKey('all', 'all-key').hash }],
    ['under another scheme', { authorization: 'Digest all-key' }],
    ['as a password outside the docs', { authorization: `Basic ${btoa('me:all-key')}` }],
  ])('%s opens nothing', async (_what, headers) => {
    const response = await gateway.post('/run/echo', { text: 'hi' }, headers);
    expect(await problemOf(response)).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it('as a password opens the description of the docs, which browsers ask for', async () => {
    expect((await gateway.fetch('/docs/json')).headers.get('www-authenticate')).toMatch(/^Basic/);
    const headers = { authorization: `Basic ${btoa('any:all-key')}` };
    expect((await gateway.fetch('/docs/json', { headers })).status).toBe(200);
    expect((await gateway.fetch('/openapi.json', { headers })).status).toBe(200);
  });

  it('is the owner of its tasks, and keeps its idempotency keys to itself', async () => {
    const task = { algorithm: 'echo', payload: { text: 'hi' }, idempotencyKey: 'same' };
    const ids = new Set<string>();
    for (const headers of [ALL, ECHO, OTHER_ECHO]) {
      const response = await gateway.post('/tasks', task, headers);
      const { id, owner } = (await response.json()) as TaskSummaryView;
      expect(owner).toBe(
        { [ALL.authorization]: 'all' }[String((headers as typeof ALL).authorization)] ?? owner,
      );
      ids.add(id);
    }
    expect(ids.size).toBe(3);
    expect((await gateway.store.get(foreign))?.owner).toBe('all');
    expect((await gateway.store.get(own))?.owner).toBe('echoer');
  });

  it('whose hash is none is refused at the start', async () => {
    await expect(createTestGateway({ apiKeys: [{ name: 'bad', hash: 'all-key' }] })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('"bad"') as string,
    });
  });

  it('may be given with the name of its hash before it', async () => {
    const key = apiKey('named', 'k');
    const other = await openGateway({ apiKeys: [{ ...key, hash: `sha256:${key.hash}` }] });
    expect((await other.fetch('/tasks', { headers: { 'x-api-key': 'k' } })).status).toBe(200);
    await other.close();
  });
});

describe('a key for some algorithms', () => {
  it.each(['/run/vision/ocr', '/run/there_is_no_such'])('may not use %s', async (path) => {
    const problem = await problemOf(await gateway.post(path, {}, ECHO));
    expect(problem).toMatchObject({ status: 403, code: 'forbidden' });
    expect(problem['detail']).toContain('it may use: echo');
  });

  it('may not submit others, alone or among its own', async () => {
    const ocr = { algorithm: 'vision/ocr', payload: { image_url: 'x:y' } };
    expect((await gateway.post('/tasks', ocr, ECHO)).status).toBe(403);
    const mixed = await gateway.post('/tasks', [ocr, { algorithm: 'echo', payload: { text: 'a' } }], ECHO);
    expect(await mixed.json()).toMatchObject([{ code: 'forbidden' }, { state: 'waiting', owner: 'echoer' }]);
  });

  it.each([
    ['GET', ''],
    ['GET', '/events'],
    ['POST', '/cancel'],
    ['POST', '/redrive'],
  ])('finds no task of another key: %s %s', async (method, rest) => {
    const response = await gateway.fetch(`/tasks/${foreign}${rest}`, { method, headers: ECHO });
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'task_not_found' });
    if (rest === '') expect((await gateway.fetch(`/tasks/${own}`, { headers: ECHO })).status).toBe(200);
  });

  it('lists and redrives its own tasks only', async () => {
    await gateway.die(foreign);
    await gateway.die(own);
    const list = async (headers: Record<string, string>) => {
      const page = (await (await gateway.fetch('/tasks?state=dead', { headers })).json()) as TaskPageView;
      return page.tasks.map(({ id }) => id);
    };
    expect(await list(ALL)).toEqual([own, foreign]);
    expect(await list(ECHO)).toEqual([own]);
    expect(await list(OTHER_ECHO)).toEqual([]);
    expect((await gateway.fetch('/tasks?algorithm=vision/ocr', { headers: ECHO })).status).toBe(403);
    expect(await (await gateway.post('/tasks/redrive', {}, OTHER_ECHO)).json()).toEqual({ redriven: 0 });
    expect(await (await gateway.post('/tasks/redrive', {}, ECHO)).json()).toEqual({ redriven: 1 });
    expect(await list(ALL)).toEqual([foreign]);
  });

  it('sees its own algorithms only, everywhere', async () => {
    const get = async <T>(path: string, headers: Record<string, string> = ECHO) =>
      (await (await gateway.fetch(path, { headers })).json()) as T;
    expect((await get<AlgorithmView[]>('/algorithms')).map(({ name }) => name)).toEqual(['echo']);
    expect(Object.keys(await get<object>('/schemas'))).toEqual(['echo']);
    expect((await gateway.fetch('/algorithms/vision/ocr', { headers: ECHO })).status).toBe(403);
    await gateway.submit({ algorithm: 'vision/ocr', payload: { image_url: 'x:y' } });
    expect((await get<{ algorithm: string }[]>('/queues')).map(({ algorithm }) => algorithm)).toEqual([
      'echo',
    ]);
    expect(await get<HealthView>('/health')).toMatchObject({ runners: [{ algorithms: ['echo'] }] });
    for (const path of ['/openapi.json', '/docs/json', '/docs/yaml']) {
      expect(JSON.stringify(await get(path))).not.toContain('vision');
      expect(await (await gateway.fetch(path, { headers: ALL })).text()).toContain('vision');
    }
  });

  it('sees no metrics, which name every algorithm', async () => {
    expect(await problemOf(await gateway.fetch('/metrics', { headers: ECHO }))).toMatchObject({
      status: 403,
    });
  });
});
