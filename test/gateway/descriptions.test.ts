import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../../src/openapi/index.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { echo, apiKey, openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

type Specification = Record<string, unknown>;

const get = async <T>(path: string) => (await (await gateway.fetch(path)).json()) as T;

describe('/openapi.json', () => {
  it('is a valid document, with keys and without', async () => {
    expect(await new Validator().validate(await get<Specification>('/openapi.json'))).toMatchObject({
      valid: true,
    });
    const keyed = await openGateway({ apiKeys: [apiKey('a', 'k')] });
    const response = await keyed.fetch('/openapi.json', { headers: { 'x-api-key': 'k' } });
    const document = (await response.json()) as OpenApiDocument;
    expect(await new Validator().validate(document as unknown as Specification)).toMatchObject({
      valid: true,
    });
    expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    await keyed.close();
  });

  it('has an operation for each algorithm, with its own schemas', async () => {
    const { paths, components } = await get<OpenApiDocument>('/openapi.json');
    expect(paths['/run/vision/ocr']?.post).toBeDefined();
    expect(components.schemas?.['echo.input']).toEqual(echo.input);
    expect(components.schemas?.['echo.output']).toEqual({ type: 'string' });
  });

  it('has an operation for each route there is', async () => {
    const { paths } = await get<OpenApiDocument>('/openapi.json');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    for (const operation of described) {
      const [method = '', path = ''] = operation.split(' ');
      const response = await gateway.fetch(path.replaceAll(/\{\w+\}/g, 'x'), { method });
      expect([operation, response.status === 405, (await response.text()).includes('"not_found"')]).toEqual([
        operation,
        false,
        false,
      ]);
    }
    expect(described).toContain('POST /tasks/{id}/redrive');
  });

  it('follows what can be run', async () => {
    await get('/openapi.json');
    gateway.offer('r2', { ...echo, name: 'newcomer' });
    expect(Object.keys((await get<OpenApiDocument>('/openapi.json')).paths)).toContain('/run/newcomer');
  });

  it('tells the truth about tasks', async () => {
    const { components } = await get<OpenApiDocument>('/openapi.json');
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    ajv.addSchema({ $id: 'doc', components });
    const validate = ajv.getSchema('doc#/components/schemas/Task');
    const done = await gateway.submit({ idempotencyKey: 'k', priority: 7 });
    await gateway.start(done.id);
    await gateway.succeed(done.id);
    const dead = await gateway.submit();
    await gateway.die(dead.id, { stacktrace: 'line 1' });
    for (const { id } of [done, dead]) {
      void validate?.(await get(`/tasks/${id}`));
      expect(validate?.errors).toBeNull();
    }
  });
});

describe('docs/http.md', () => {
  it('names every operation of the gateway', async () => {
    const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
    const { paths } = await get<OpenApiDocument>('/openapi.json');
    for (const [path, methods] of Object.entries(paths).filter(([path]) => !path.startsWith('/run/'))) {
      for (const method of Object.keys(methods))
        expect(page).toContain(`\`${method.toUpperCase()} ${path}\``);
    }
  });
});

describe('/docs', () => {
  it('needs nothing from outside and runs nothing that is no file of the package', async () => {
    const response = await gateway.fetch('/docs/');
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await fetch(new URL(address ?? '', `${gateway.url}/docs/`));
      await asset.arrayBuffer();
      expect([address, asset.status]).toEqual([address, 200]);
      expect(new URL(asset.url).origin).toBe(gateway.url);
    }
  });
});

describe('/algorithms', () => {
  it('lists descriptors with their runners', async () => {
    gateway.registry.put('r2', {
      host: 'http://r2:5000',
      algorithms: [echo],
      capacity: 8,
      capacities: { echo: 2 },
      load: 1,
      draining: true,
      version: '2.0',
    });
    const [first, second] = await get<Record<string, unknown>[]>('/algorithms');
    expect(first).toMatchObject({ ...echo, name: 'echo' });
    expect(first?.['runners']).toEqual([
      { id: 'r1', host: 'http://r1:5000', kind: 'lease', healthy: true, capacity: 4, load: 0 },
      {
        ...{ id: 'r2', host: 'http://r2:5000', kind: 'lease', healthy: true, draining: true },
        ...{ capacity: 2, load: 1, version: '2.0' },
      },
    ]);
    expect(second?.['name']).toBe('vision/ocr');
  });

  it.each(['/algorithms/vision/ocr', '/algorithms/vision%2Focr'])('shows one at %s', async (path) => {
    expect(await get(path)).toMatchObject({ name: 'vision/ocr', mode: 'stream', runners: [{ id: 'r1' }] });
  });

  it('tells of one that is not there', async () => {
    const problem = await problemOf(await gateway.fetch('/algorithms/ecco'));
    expect(problem).toMatchObject({ status: 422, code: 'unknown_algorithm' });
    expect(problem['detail']).toContain('Did you mean "echo"');
  });
});

describe('/schemas', () => {
  it('has the shape that readers of the original workers expect', async () => {
    expect(await get('/schemas')).toMatchObject({
      echo: {
        title: 'AlgorithmRequestModel_echo',
        type: 'object',
        properties: {
          text: { title: 'Text', type: 'string' },
          times: { title: 'Times', type: 'integer', default: 1 },
        },
        required: ['text'],
        additionalProperties: false,
      },
      'vision/ocr': { title: 'AlgorithmRequestModel_vision/ocr' },
    });
  });
});

describe('/queues', () => {
  it('tells how much waits, and since when', async () => {
    const first = await gateway.submit();
    await gateway.submit({ runAt: Date.now() + 60_000 });
    expect(await get('/queues')).toEqual([
      {
        algorithm: 'echo',
        ready: 1,
        delayed: 1,
        claimed: 0,
        oldestAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
    await gateway.tasks.cancel(first.id);
  });
});

describe('/metrics', () => {
  it('knows the depths of the moment', async () => {
    await gateway.submit();
    const metrics = async () => (await gateway.fetch('/metrics')).text();
    expect(await metrics()).toContain('runyard_queue_ready{algorithm="echo"} 1');
    expect(await metrics()).toContain('runyard_tasks_submitted_total{algorithm="echo"} 1');
    const [delivery] = await gateway.queue.claim([{ algorithm: 'echo', max: 1 }]);
    await delivery?.ack();
    expect(await metrics()).not.toContain('runyard_queue_ready{algorithm="echo"} 1');
  });
});

describe('/health', () => {
  it('tells what the yard adds to it', async () => {
    const other = await openGateway({ health: () => ({ projects: 3 }) });
    expect(await (await other.fetch('/health')).json()).toMatchObject({ status: 'ok', projects: 3 });
    await other.close();
  });

  it('is bad when the queue does not answer', async () => {
    const queue = { check: async () => Promise.reject(new Error('disk gone')) } as never;
    const other = await openGateway({ queue });
    const response = await other.fetch('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'unavailable',
      checks: { queue: 'disk gone', store: 'ok', directory: 'ok' },
    });
    await other.close();
  });

  it('is bad when the store hangs, and says so within seconds', async () => {
    const store = { get: () => new Promise(() => undefined) } as never;
    const other = await openGateway({ store });
    const response = await other.fetch('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ checks: { store: 'no answer in 2000 ms', queue: 'ok' } });
    await other.close();
  });
});
