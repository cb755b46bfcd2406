import { describe, expect, it } from 'vitest';
import type { ProjectHost } from '../../src/host/index.js';
import { openClassic } from './classic-fixture.js';
import { runOn } from './host-fixture.js';

const MB = 1_000_000;

/** Bytes in use after what is free has been given back as far as can be. */
async function measureMemory(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

async function runBig(host: ProjectHost, bytes: number): Promise<void> {
  const outcome = await runOn(host, 'x', { op: 'big', bytes });
  if (!outcome.ok) throw new Error(outcome.error.message);
  expect(outcome.resultJson.length).toBe(bytes + 2);
  expect(outcome.resultJson.startsWith('"xxx') && outcome.resultJson.endsWith('xxx"')).toBe(true);
}

describe('a classic process under load', () => {
  it('answers 10,000 requests one after the other, each rightly, in flat memory', async () => {
    const host = await openClassic('pipe.py');
    let middle = 0;
    for (let number = 0; number < 10_000; number += 1) {
      if (number === 2_000) middle = await measureMemory();
      const outcome = await runOn(host, 'x', { number });
      expect(outcome).toMatchObject({ ok: true });
      if (outcome.ok) expect(outcome.resultJson).toContain(`{"number": ${number}}`);
    }
    expect(host.health()).toMatchObject({ starts: 1, crashes: 0 });
    expect((await measureMemory()) - middle).toBeLessThan(150 * MB);
  });

  it('gives results of 100 MB, again and again, in flat memory', async () => {
    const host = await openClassic('pipe.py');
    for (let turn = 0; turn < 1; turn += 1) await runBig(host, 100 * MB);
    const before = await measureMemory();
    for (let turn = 0; turn < 4; turn += 1) await runBig(host, 100 * MB);
    expect((await measureMemory()) - before).toBeLessThan(400 * MB);
    expect(host.health()).toMatchObject({ starts: 1, crashes: 0 });
  });

  it('reads a large result in a time that grows with its size', async () => {
    const host = await openClassic('pipe.py');
    await runBig(host, 10 * MB);
    const time = async (bytes: number): Promise<number> => {
      const began = performance.now();
      await runBig(host, bytes);
      return performance.now() - began;
    };
    const small = Math.min(await time(10 * MB), await time(10 * MB), await time(10 * MB));
    const large = await time(100 * MB);
    // Ten times the size; a hundred times the time would be quadratic.
    expect(large / small).toBeLessThan(40);
  });
});
