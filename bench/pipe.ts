import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProjectHost, type ProjectHost } from '../src/host/index.js';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '../test/host/fixtures');

export interface PipeFigures {
  inFlight: number;
  roundTripsPerSecond: number;
  /** CPU time of the parent per round trip, in microseconds, of all its threads. */
  parentMicroseconds: number;
  p50Microseconds: number;
  p99Microseconds: number;
}

/** Round trips of a 200-byte echo through one child, one at a time and 64 at a time. */
export async function run(seconds = 3): Promise<{ cpu: string; figures: PipeFigures[] }> {
  const host = await createProjectHost({
    described: {
      project: { dir: FIXTURES, name: 'echo', language: 'javascript', adapter: join(FIXTURES, 'echo.mjs') },
      algorithms: [
        {
          name: 'echo',
          mode: 'unary',
          limits: {},
          input: {
            type: 'object',
            properties: { text: { type: 'string' } },
            required: ['text'],
            additionalProperties: false,
          },
        },
      ],
      launch: { command: process.execPath, args: [join(FIXTURES, 'echo.mjs')], cwd: FIXTURES, env: {} },
      sources: [],
      fingerprint: 'echo',
    },
    pool: { maxProcesses: 1 },
    env: {},
  });
  try {
    await measure(host, 64, 1);
    const figures = [];
    for (const inFlight of [1, 64]) figures.push(await measure(host, inFlight, seconds));
    return { cpu: cpus()[0]?.model ?? 'unknown', figures };
  } finally {
    await host.close();
  }
}

async function measure(host: ProjectHost, inFlight: number, seconds: number): Promise<PipeFigures> {
  const request = { id: 'bench', algorithm: 'echo', args: { text: 'x'.repeat(189) } };
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < endsAt;) {
      const outcome = await host.run(request);
      if (!outcome.ok) throw new Error(outcome.error.message);
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const elapsedMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  times.sort((a, b) => a - b);
  return {
    inFlight,
    roundTripsPerSecond: Math.round(times.length / (elapsedMs / 1000)),
    parentMicroseconds: round((cpu.user + cpu.system) / times.length),
    p50Microseconds: round((times[Math.floor(times.length * 0.5)] ?? 0) * 1000),
    p99Microseconds: round((times[Math.floor(times.length * 0.99)] ?? 0) * 1000),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
