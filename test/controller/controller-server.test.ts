import { expect, it } from 'vitest';
import { ControllerServer } from '../../src/controller/index.js';
import { createMetrics, silentLogger } from '../../src/telemetry/index.js';
import { releaseLater } from '../release.js';
import { openYard } from './test-yard.js';

function openServer() {
  const metrics = createMetrics();
  const server = new ControllerServer({ metrics, logger: silentLogger, version: '1.2.3' });
  releaseLater(server.fastify);
  return {
    server,
    metrics,
    get: async (url: string) => {
      const { statusCode, payload } = await server.fastify.inject({ url });
      return { status: statusCode, payload };
    },
  };
}

it('a controller is well only while it takes tasks, and lives all the time', async () => {
  const yard = releaseLater(await openYard());
  const { server, get } = openServer();
  const health = async () => {
    const { status, payload } = await get('/health');
    return { code: status, ...(JSON.parse(payload) as object) };
  };
  expect(await health()).toEqual({ code: 503, status: 'starting', version: '1.2.3' });
  expect((await get('/live')).status).toBe(200);
  expect((await get('/metrics')).status).toBe(200);

  const controller = await yard.start();
  server.watch({ controller, queue: yard.queue, store: yard.store });
  expect(await health()).toEqual({
    ...{ code: 200, status: 'ok', version: '1.2.3', controller: controller.id },
    ...{ checks: { queue: 'ok', store: 'ok' }, running: 0, inFlight: 0 },
  });

  await controller.drain();
  expect(await health()).toMatchObject({ code: 503, status: 'draining' });
  expect((await get('/live')).status).toBe(200);
});

it('a controller whose store does not answer is not well, and says why', async () => {
  const yard = releaseLater(await openYard());
  const { server, get } = openServer();
  const controller = await yard.start();
  const gone = async (): Promise<never> => Promise.reject(new Error('disk gone'));
  server.watch({ controller, queue: yard.queue, store: { get: gone, counts: gone, oldestWaiting: gone } });
  const { status, payload } = await get('/health');
  expect(status).toBe(503);
  expect(JSON.parse(payload)).toMatchObject({
    ...{ status: 'unavailable', checks: { queue: 'ok', store: 'disk gone' } },
  });
  expect((await get('/metrics')).payload).toContain('runyard_part_up{part="store"} 0');
});

it('its metrics tell what it holds and what waits', async () => {
  const yard = releaseLater(await openYard());
  const { server, get, metrics } = openServer();
  const controller = await yard.start({ metrics });
  server.watch({ controller, queue: yard.queue, store: yard.store });
  await yard.submit('ocr');
  const { payload } = await get('/metrics');
  expect(payload).toContain('runyard_queue_ready{algorithm="ocr"} 1');
  expect(payload).toContain('runyard_controller_tasks{state="in_flight"} 0');
});
