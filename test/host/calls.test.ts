import { describe, expect, it } from 'vitest';
import type { CallAlgorithm, ProjectHost } from '../../src/host/index.js';
import { endOf, openHost, resultOf, runOn, until } from './host-fixture.js';

type Request = Parameters<CallAlgorithm>[0];

function succeed(result: unknown): ReturnType<CallAlgorithm> {
  return Promise.resolve({ ok: true, resultJson: JSON.stringify(result), logs: [], durationMs: 1 });
}

/** A host whose children call each other's algorithms in that same host. */
async function openRelay(options: Parameters<typeof openHost>[2] = {}): Promise<ProjectHost> {
  const call: CallAlgorithm = ({ signal, ...request }) => host.run({ id: 'inner', ...request }, { signal });
  const host: ProjectHost = await openHost('calls.mjs', ['relay', 'plain'], { call, ...options });
  return host;
}

describe('a call of another algorithm', () => {
  it('gives the function the result, with arguments, depth and trace passed on', async () => {
    const requests: Request[] = [];
    const host = await openHost('calls.mjs', ['relay'], {
      call: (request) => {
        requests.push(request);
        return succeed({ text: 'gelesen' });
      },
    });
    const outcome = await host.run({
      id: 'outer',
      algorithm: 'relay',
      args: { algorithm: 'ocr', args: { image_url: 'x' } },
      depth: 2,
      traceparent: '00-trace',
    });
    expect(outcome.ok && JSON.parse(outcome.resultJson)).toEqual({ result: { text: 'gelesen' } });
    expect(requests).toMatchObject([
      { algorithm: 'ocr', args: { image_url: 'x' }, depth: 3, traceparent: '00-trace' },
    ]);
  });

  it.each([
    ['input_refused', 'invalid', 'InvalidInput'],
    ['input_unfetchable', 'invalid', 'RequestError'],
    ['algorithm_error', 'failed', 'ValueError'],
    ['invalid_input', 'invalid', 'CallError'],
    ['no_runner', 'busy', 'CallError'],
  ] as const)('that ends with %s is raised', async (code, failureClass, type) => {
    const errorType = code === 'algorithm_error' ? { errorType: 'ValueError' } : {};
    const error = { class: failureClass, code, message: 'no text in it', ...errorType };
    const host = await openHost('calls.mjs', ['relay'], {
      call: () => Promise.resolve({ ok: false, error, logs: [], durationMs: 1 }),
    });
    const result = await resultOf(runOn(host, 'relay', { algorithm: 'ocr', args: {} }));
    expect(result).toMatchObject({ error: { message: 'no text in it', error_type: type } });
  });

  it('is an error where nobody can be asked, or the question makes no sense', async () => {
    const alone = await openHost('calls.mjs', ['relay']);
    expect(await resultOf(runOn(alone, 'relay', { algorithm: 'ocr', args: {} }))).toMatchObject({
      error: { message: 'Calls to other algorithms are not available here' },
    });
    const host = await openHost('calls.mjs', ['relay'], {
      call: () => {
        throw new Error('the dispatcher broke');
      },
    });
    expect(await resultOf(runOn(host, 'relay', { algorithm: 5, args: [] }))).toMatchObject({
      error: { message: expect.stringContaining('expects the name of an algorithm') as string },
    });
    expect(await resultOf(runOn(host, 'relay', { algorithm: 'ocr', args: {} }))).toMatchObject({
      error: { message: 'the dispatcher broke' },
    });
  });

  it('is ended when its caller is cancelled', async () => {
    const aborted: boolean[] = [];
    const host = await openHost('calls.mjs', ['relay'], {
      pool: { cancelGraceMs: 60_000 },
      call: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(true);
            resolve({
              ok: false,
              error: { class: 'cancelled', code: 'cancelled', message: '' },
              logs: [],
              durationMs: 0,
            });
          });
        }),
    });
    const abort = new AbortController();
    const run = runOn(host, 'relay', { algorithm: 'ocr', args: {} }, { signal: abort.signal });
    await until('it runs', () => host.health().running === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    expect(await endOf(run)).toBe('cancelled/cancelled');
    expect(aborted).toEqual([true]);
    // Its process was not ended for that, and so did not have to be replaced.
    expect(host.health().starts).toBe(1);
  });

  it('finds a process although its callers hold all of them', async () => {
    const host = await openRelay({ pool: { maxProcesses: 1 } });
    const runs = Array.from({ length: 5 }, (_, index) =>
      resultOf(runOn(host, 'relay', { algorithm: 'plain', args: { text: `a${index}` } })),
    );
    expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4].map((index) => ({ result: `A${index}` })));
  });

  it('of itself goes as deep as allowed and no deeper', async () => {
    const host = await openRelay({ callDepth: 4, pool: { maxProcesses: 1 } });
    const nest = (levels: number): Record<string, unknown> =>
      levels === 0
        ? { algorithm: 'plain', args: { text: 'deep' } }
        : { algorithm: 'relay', args: nest(levels - 1) };
    expect(JSON.stringify(await resultOf(runOn(host, 'relay', nest(3))))).toContain('DEEP');
    const tooDeep = JSON.stringify(await resultOf(runOn(host, 'relay', nest(4))));
    expect(tooDeep).toContain('the limit is 4');
  });
});
