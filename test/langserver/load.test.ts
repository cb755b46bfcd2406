import { describe, expect, it } from 'vitest';
import { call, openLangServer } from './langserver-fixture.js';

const MB = 1_000_000;

async function measureMemory(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

/** A result that belongs to this very number. */
async function assertAnswered(url: string, number: number): Promise<void> {
  const { status, text } = await call(url, `{"number":${number}}`);
  expect(status).toBe(200);
  expect(text).toContain(`"data": {"number": ${number}}}`);
}

describe('a LangServer under load', () => {
  it('answers 10,000 requests one after the other in flat memory', async () => {
    const { url } = await openLangServer();
    let middle = 0;
    for (let number = 0; number < 10_000; number += 1) {
      if (number === 2_000) middle = await measureMemory();
      await assertAnswered(url, number);
    }
    expect((await measureMemory()) - middle).toBeLessThan(150 * MB);
  });

  it.each([1, 4])(
    'answers 50 clients at once, each with its own answers, by %i processes',
    async (processes) => {
      const { url } = await openLangServer({ langserver: { processes } });
      const clients = Array.from({ length: 50 }, async (_, client) => {
        for (let turn = 0; turn < 20; turn += 1) await assertAnswered(url, client * 1000 + turn);
      });
      await Promise.all(clients);
    },
  );

  it('gives results of 100 MB again and again in flat memory', async () => {
    const { url } = await openLangServer();
    const fetchBig = async (): Promise<void> => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"op":"big","bytes":${100 * MB}}`,
      });
      let bytes = 0;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
      expect(bytes).toBeGreaterThan(100 * MB);
      expect(bytes).toBeLessThan(100 * MB + 200);
    };
    for (let turn = 0; turn < 1; turn += 1) await fetchBig();
    const before = await measureMemory();
    for (let turn = 0; turn < 3; turn += 1) await fetchBig();
    expect((await measureMemory()) - before).toBeLessThan(500 * MB);
  });
});
