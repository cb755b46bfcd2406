import { expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { describeChain, OtlpReceiver } from '../otlp-receiver.js';
import { releaseLater } from '../release.js';
import { createPostgresSchema } from '../servers/postgres.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { Fleet } from './fleet.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

it('a task leaves one trace, from the gateway through the queue to the pipe, over all its processes', async () => {
  const receiver = releaseLater(await OtlpReceiver.open());
  const { url: storeUrl, close } = await createPostgresSchema();
  releaseLater({ close });
  // What every component of the fleet inherits.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '100';
  const fleet = await Fleet.create({ queueUrl: await getBrokerUrl(), storeUrl, prefix: createPrefix() });
  releaseLater({ close: () => fleet.end() });
  const names = ['discovery-0', 'runner-0', 'controller-0', 'gateway-0'];
  for (const name of names) await fleet.start(name);
  await Promise.all(names.map((name) => fleet.ready(name)));
  const [url = ''] = fleet.gatewayUrls;
  const client = createClient({ url });
  await until('the runner is known', async () => (await client.algorithms()).length === 1);

  const response = await fetch(`${url}/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${TRACE}-${CALLER}-01` },
    body: JSON.stringify({ algorithm: 'work', payload: { value: 41 } }),
  });
  const { id } = (await response.json()) as { id: string };
  expect(await client.wait(id)).toMatchObject({ state: 'succeeded', result: 42 });
  await until(
    () => `all spans have come: ${JSON.stringify(receiver.spans)}`,
    () => receiver.trace(TRACE).length >= 6,
  );

  const spans = receiver.trace(TRACE);
  expect(describeChain(spans, CALLER), fleet.describe()).toEqual([
    'runyard-gateway: POST /tasks',
    'runyard-gateway: send work',
    'runyard-controller: process work',
    'runyard-controller: run work',
    'runyard-runner: POST /run/:name',
    'runyard-runner: pipe work',
  ]);
  expect(spans).toHaveLength(6);
  // Server, producer, consumer, client, server, internal.
  expect(spans.map(({ kind }) => kind).sort()).toEqual([1, 2, 2, 3, 4, 5]);
  for (const span of spans.filter(({ name }) => name !== 'POST /tasks'))
    expect(span.attributes['runyard.request.id'], span.name).toBe(id);
}, 200_000);
