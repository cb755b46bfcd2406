import { join } from 'node:path';
import { createProjectHost, type ProjectHost } from '../src/host/index.js';
import { median, percentile, type Bench, type Figure } from './report.js';

const ROUNDS = 3;
const SECONDS = 2;
const IN_FLIGHT = [1, 64];

const fixtures = join(process.cwd(), 'test', 'host', 'fixtures');

/** Round trips of a 200-byte echo through one child, one at a time and 64 at a time, and what one costs the parent. */
export const run: Bench = async (say) => {
  const host = await openHost();
  const rounds = new Map<number, Round[]>(IN_FLIGHT.map((inFlight) => [inFlight, []]));
  try {
    await measure(host, 64, 1);
    for (let count = 1; count <= ROUNDS; count += 1) {
      for (const [inFlight, measured] of rounds) {
        const round = await measure(host, inFlight, SECONDS);
        measured.push(round);
        say(`round ${count}, ${inFlight} in flight: ${Math.round(round.rate)}/s`);
      }
    }
  } finally {
    await host.close();
  }
  return [...rounds].flatMap(([inFlight, measured]) => toFigures(inFlight, measured));
};

interface Round {
  rate: number;
  /** Processor time of the parent per round trip, of all its threads. */
  parentMicroseconds: number;
  p50Microseconds: number;
  p99Microseconds: number;
}

function openHost(): Promise<ProjectHost> {
  const adapter = join(fixtures, 'echo.mjs');
  const properties = { text: { type: 'string' } };
  return createProjectHost({
    described: {
      project: { kind: 'adapter', dir: fixtures, name: 'echo', language: 'javascript', adapter },
      algorithms: [
        {
          name: 'echo',
          mode: 'unary',
          limits: {},
          input: { type: 'object', properties, required: ['text'], additionalProperties: false },
        },
      ],
      launch: { command: process.execPath, args: [adapter], cwd: fixtures, env: {} },
      sources: [],
      fingerprint: 'echo',
    },
    pool: { maxProcesses: 1 },
    env: {},
  });
}

async function measure(host: ProjectHost, inFlight: number, seconds: number): Promise<Round> {
  const request = { id: 'bench', algorithm: 'echo', args: { text: 'x'.repeat(189) } };
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const caller = async (): Promise<void> => {
    let now = performance.now();
    while (now < endsAt) {
      const outcome = await host.run(request);
      if (!outcome.ok) throw new Error(outcome.error.message);
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  const cpu = process.cpuUsage(cpuBefore);
  return {
    rate: times.length / ((performance.now() - startedAt) / 1000),
    parentMicroseconds: (cpu.user + cpu.system) / times.length,
    p50Microseconds: median(times) * 1000,
    p99Microseconds: percentile(times, 0.99) * 1000,
  };
}

function toFigures(inFlight: number, rounds: Round[]): Figure[] {
  const title = `pipe round trip, ${inFlight} in flight`;
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  return [
    { title, value: of(({ rate }) => rate), unit: 'round trips/s' },
    {
      title: `${title}, processor time of the parent`,
      value: of((one) => one.parentMicroseconds),
      unit: 'µs',
    },
    { title: `${title}, p50`, value: of((one) => one.p50Microseconds), unit: 'µs' },
    { title: `${title}, p99`, value: of((one) => one.p99Microseconds), unit: 'µs' },
  ];
}
