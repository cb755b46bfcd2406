import { describe, expect, it } from 'vitest';
import { createHttpTransport } from '../../src/dispatch/index.js';
import type { RunnerEntry } from '../../src/protocol/index.js';
import { openRunner } from './open-runner.js';
import { ScriptedHost } from './scripted-host.js';

const TYPED = { name: 'echo', input: { type: 'object', additionalProperties: true } };
const CLASSIC = { name: 'ann/hello', input: true };

function createHost(): ScriptedHost {
  return new ScriptedHost(TYPED, CLASSIC);
}

describe('a runner of an algorithm that takes any value', () => {
  const values = ['text', 12, false, null, [1, 'two'], { three: 3 }];

  it.each(values)('runs it with %j', async (value) => {
    const host = createHost();
    const { address } = await openRunner(host);
    const response = await fetch(`${address}/run/ann/hello`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    expect(await response.json()).toEqual({ result: value });
  });

  it('keeps text apart from JSON, all the way from a dispatcher', async () => {
    const host = createHost();
    const runner = await openRunner(host);
    const times = { registeredAt: 0, renewedAt: 0, healthy: true };
    const entry: RunnerEntry = { ...runner.registration(), ...times, id: runner.id, kind: 'lease' };
    const transport = createHttpTransport();
    const inputs = [
      { args: 'täxt', contentType: 'text' as const },
      { args: 'täxt' },
      { args: { $binary: 'AP8K' } },
    ];
    for (const input of inputs) {
      const outcome = await transport.run(entry, { id: 'a', algorithm: 'ann/hello', ...input });
      expect(outcome).toMatchObject({ ok: true, resultJson: JSON.stringify(input.args) });
    }
    await transport.close();
    expect(host.requests.map(({ args, contentType = 'json' }) => ({ args, contentType }))).toEqual(
      inputs.map(({ args, contentType = 'json' }) => ({ args, contentType })),
    );
  });

  it('takes no text from a page in a browser, which sends it without being asked', async () => {
    const { address } = await openRunner(createHost());
    const headers = { 'content-type': 'text/plain', origin: 'http://elsewhere' };
    const response = await fetch(`${address}/run/ann/hello`, { method: 'POST', headers, body: 'x' });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'forbidden' }]);
  });

  it('goes on refusing all but objects for typed algorithms', async () => {
    const { address } = await openRunner(createHost());
    const refused = [
      ['application/json', '"text"'],
      ['application/json', '[]'],
      ['text/plain', 'text'],
      ['application/octet-stream', 'text'],
    ];
    for (const [type = '', body = ''] of refused) {
      const headers = { 'content-type': type };
      const response = await fetch(`${address}/run/echo`, { method: 'POST', headers, body });
      expect([response.status, await response.json()]).toMatchObject([
        422,
        { detail: [{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }] },
      ]);
    }
  });
});
