import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.close());

const fields = [
  'algorithm',
  'payload',
  'priority',
  'runAt',
  'deadline',
  'timeoutMs',
  'maxAttempts',
  'idempotencyKey',
];
const callback = fc.oneof(fc.webUrl(), fc.string());
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('echo', 'vision/ocr', { text: 'hi' }, '2030-01-01T00:00:00Z', -1, 0, 4, 9.5, 1e300, ''),
  fc.integer(),
);

/** Mostly well-formed tasks with something wrong about them. */
const almostTask = fc
  .tuple(fc.dictionary(fc.constantFrom(...fields), value), fc.option(callback), fc.boolean())
  .map(([more, callbackUrl, isWhole]) => ({
    ...(isWhole && { algorithm: 'echo', payload: { text: 'hi' } }),
    ...more,
    // Names would be looked up outside.
    ...(callbackUrl !== null && {
      callbackUrl: callbackUrl.replace(/^https?:\/\/[^/]*/, 'http://127.0.0.1'),
    }),
  }));

const body = fc.oneof(
  almostTask.map((task) => JSON.stringify(task)),
  fc.array(fc.oneof(almostTask, fc.jsonValue()), { maxLength: 5 }).map((tasks) => JSON.stringify(tasks)),
  fc.json(),
  fc.string(),
);

const KNOWN = [200, 202, 400, 409, 413, 422];

describe('whatever is posted', () => {
  it('to /tasks is accepted or refused with a reason, and never breaks the gateway', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const response = await gateway.post('/tasks', text);
        const answer = (await response.json()) as { id?: string; code?: string; status?: number };
        expect(KNOWN).toContain(response.status);
        if (response.status >= 400)
          expect(answer).toMatchObject({ status: response.status, code: expect.any(String) as string });
        for (const { code } of Array.isArray(answer) ? (answer as { code?: string }[]) : [answer])
          expect(code).not.toBe('internal');
      }),
      { numRuns: 400 },
    );
    expect((await gateway.fetch('/health')).status).toBe(200);
  });

  it('to paths and queries of tasks is never an inner error', async () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('..', '%00', '%', 'end', '9999999999999999999'));
    await fc.assert(
      fc.asyncProperty(part, part, part, async (id, name, text) => {
        const paths = [
          `/tasks/${encodeURIComponent(id)}`,
          `/tasks/${encodeURIComponent(id)}/events?after=${encodeURIComponent(text)}`,
          `/tasks?${encodeURIComponent(name)}=${encodeURIComponent(text)}`,
          `/tasks?after=${encodeURIComponent(text)}&limit=1`,
          `/algorithms/${encodeURIComponent(name)}`,
        ];
        for (const path of paths) expect((await gateway.fetch(path)).status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });
});
