// Runs inputs through a classic project, as whoever starts it: DIR FILE INPUTS [stay].
import { createProjectHost } from '../../src/host/index.js';
import type { DescribedProject } from '../../src/langpack/index.js';
import type { LogLine } from '../../src/protocol/index.js';

const [dir = '', file = '', inputs = '[]', stay] = process.argv.slice(2);
const say = (word: string, value: unknown): void => console.log(`${word} ${JSON.stringify(value)}`);
const warn = (...args: unknown[]): void => say('warning', args.at(-1));
const logger = { info: () => undefined, warn, error: warn, debug: () => undefined, child: () => logger };

try {
  const command = `${dir}/${file}`;
  const described: DescribedProject = {
    project: { kind: 'classic', dir, name: file, language: 'fixture', adapter: command },
    algorithms: [{ name: 'x', input: true, mode: 'unary', limits: {} }],
    launch: { command, args: [], cwd: dir, env: {}, protocol: 1 },
    sources: [],
    fingerprint: file,
  };
  const host = await createProjectHost({
    described,
    pool: { maxProcesses: 2, cancelGraceMs: 300, killGraceMs: 300 },
    env: { PATH: process.env.PATH ?? '' },
    logger: logger as never,
    onIdleLine: (line: LogLine) => say('idle', line.line),
  });
  const outcomes = (JSON.parse(inputs) as unknown[]).map((args, index) =>
    host.run({ id: String(index), algorithm: 'x', args }),
  );
  for (const outcome of await Promise.all(outcomes)) say('outcome', outcome);
  if (stay === 'replace') {
    const before = host.run({ id: 'before', algorithm: 'x', args: 'before' });
    await host.replace({ ...described, fingerprint: 'other' });
    say('outcome', await before);
    say('outcome', await host.run({ id: 'after', algorithm: 'x', args: 'after' }));
  }
  say('health', { ...host.health(), capacity: host.capacity('x') });
  if (stay === 'stay') await new Promise((resolve) => process.once('SIGTERM', resolve));
  await host.close();
  say('closed', true);
} catch (error) {
  say('refused', (error as Error).message);
}
