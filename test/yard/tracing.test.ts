import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createLogger, openTracer, silentLogger } from '../../src/telemetry/index.js';
import { createYard, type Yard } from '../../src/yard/index.js';
import { findFreePort } from '../original.js';
import { describeChain, OtlpReceiver } from '../otlp-receiver.js';
import { until } from '../until.js';

const ADAPTER = `
export async function run_add_one(value: number): Promise<number> {
  if (value < 0) throw new RangeError('negative');
  return value + 1;
}
export async function run_outer(value: number, ctx: import('runyard/adapter').Context): Promise<number> {
  return (await ctx.call('add_one', { value })) as number;
}
`;

const TRACES = ['1', '2', '3', '4'].map((digit) => digit.repeat(32));
const CALLER = 'b7ad6b7169203331';

let receiver: OtlpReceiver;
let yard: Yard;
beforeAll(async () => {
  receiver = await OtlpReceiver.open();
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '50';
  const dir = await mkdtemp(join(tmpdir(), 'runyard-tracing-'));
  await mkdir(join(dir, 'sums'));
  await writeFile(join(dir, 'sums', 'runner_adapter.ts'), ADAPTER);
  yard = await createYard({
    dirs: [dir],
    dataDir: join(dir, 'data'),
    env: process.env,
    settings: resolveSettings([
      {
        name: 'test',
        values: { gateway: { port: 0 }, discovery: { port: 0 }, runner: { port: 0 } },
      },
    ]),
    tracer: await openTracer({
      url: `${receiver.url}/v1/traces`,
      serviceName: 'yard',
      serviceVersion: '1.2.3',
      logger: silentLogger,
    }),
  });
});
afterAll(async () => {
  await yard.close();
  await receiver.close();
});

function run(algorithm: string, value: number, traceparent: string): Promise<Response> {
  return fetch(`${yard.gatewayUrl}/run/${algorithm}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify({ value }),
  });
}

async function spansOf(trace: string, count: number) {
  await until(
    () => `${count} spans of ${trace} have come: ${JSON.stringify(receiver.spans)}`,
    () => receiver.trace(trace).length >= count,
  );
  return receiver.trace(trace);
}

it('what an algorithm calls is part of its own span', async () => {
  const [trace = ''] = TRACES;
  expect(await (await run('outer', 1, `00-${trace}-${CALLER}-01`)).json()).toEqual({ result: 2 });
  const spans = await spansOf(trace, 5);
  expect(describeChain(spans, CALLER)).toEqual([
    'yard: POST /run/:algorithm',
    'yard: run outer',
    'yard: pipe outer',
    'yard: run add_one',
    'yard: pipe add_one',
  ]);
  expect(spans.every(({ isError }) => !isError)).toBe(true);
});

it('a run that fails says so in its spans', async () => {
  const trace = TRACES[1] ?? '';
  const response = await run('add_one', -1, `00-${trace}-${CALLER}-01`);
  expect(response.ok).toBe(false);
  const pipe = (await spansOf(trace, 3)).find(({ name }) => name === 'pipe add_one');
  expect(pipe).toMatchObject({ isError: true, attributes: { 'error.type': 'algorithm_error' } });
});

it('a caller whose trace is not sampled, or names none, is heard', async () => {
  const unsampled = TRACES[2] ?? '';
  await run('add_one', 1, `00-${unsampled}-${CALLER}-00`);
  const before = receiver.spans.length;
  await run('add_one', 1, 'nonsense');
  await until('a trace of its own has come', () => receiver.spans.length >= before + 3);
  expect(receiver.trace(unsampled)).toEqual([]);
  expect(receiver.spans.slice(before).some(({ parentSpanId }) => parentSpanId === '')).toBe(true);
});

it('a collector that is away is told of once, and holds up neither work nor end', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
  const tracer = await openTracer({
    url: `http://127.0.0.1:${await findFreePort()}/v1/traces`,
    serviceName: 'yard',
    serviceVersion: '1.2.3',
    logger: createLogger({ level: 'warn', pretty: false, destination }),
  });
  for (let round = 0; round < 3; round++) tracer.start({ name: 'run', kind: 'internal' }).end();
  await until('it is told', () => lines.length > 0);
  tracer.start({ name: 'run', kind: 'internal' }).end();
  await tracer.close();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('traces are not taken by the collector');
});
