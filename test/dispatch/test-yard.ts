import { createLocalDirectory, RunnerRegistry } from '../../src/discovery/index.js';
import { createDispatcher, type DispatcherOptions, type RunnerTransport } from '../../src/dispatch/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { getCatalogueEntry } from '../../src/errors/index.js';
import type { RunFailed, RunFailure, RunnerEntry, RunOutcome, RunRequest } from '../../src/protocol/index.js';
import { releaseLater } from '../release.js';

export const succeeded: RunOutcome = { ok: true, resultJson: '1', logs: [], durationMs: 1 };

export function failedWith(code: ErrorCode, more: Partial<RunFailure> = {}): RunFailed {
  const { class: failureClass = 'failed' } = getCatalogueEntry(code);
  return { ok: false, error: { class: failureClass, code, message: code, ...more }, logs: [], durationMs: 1 };
}

/** A run that has reached a runner and waits for the test to end it. */
export interface HeldRun {
  runner: RunnerEntry;
  request: RunRequest;
  end(outcome?: RunOutcome): Promise<void>;
}

export type Behaviour = (runner: RunnerEntry, request: RunRequest) => RunOutcome | 'hold' | 'reject';

/** A dispatcher over a registry, with runners that do what the test says. */
export function openYard(options: Partial<DispatcherOptions> = {}) {
  const registry = releaseLater(new RunnerRegistry({ leaseMs: 1e9 }));
  const directory = releaseLater(createLocalDirectory(registry));
  const held: HeldRun[] = [];
  const sent: string[] = [];
  const yard = { registry, held, sent, behave: ((): RunOutcome => succeeded) as Behaviour };
  const transport: RunnerTransport = {
    run: async (runner, request) => {
      sent.push(runner.id);
      const outcome = yard.behave(runner, request);
      if (outcome === 'reject') throw new Error('a transport that breaks its promise');
      return outcome === 'hold' ? hold(held, runner, request) : outcome;
    },
    close: async () => undefined,
  };
  const dispatcher = releaseLater(createDispatcher({ directory, transport, ...options }));
  const room: string[] = [];
  dispatcher.onCapacity((algorithm) => room.push(algorithm));
  return Object.assign(yard, { dispatcher, room });
}

function hold(held: HeldRun[], runner: RunnerEntry, request: RunRequest): Promise<RunOutcome> {
  return new Promise((resolve) => {
    const end = async (outcome: RunOutcome = succeeded): Promise<void> => {
      held.splice(held.indexOf(run), 1);
      resolve(outcome);
      // Whoever waits for the run goes on before the test does.
      await new Promise((done) => setImmediate(done));
    };
    const run: HeldRun = { runner, request, end };
    held.push(run);
  });
}

let lastRun = 0;

export function createRequest(algorithm: string, more: Partial<RunRequest> = {}): RunRequest {
  return { id: `run-${(lastRun += 1)}`, algorithm, args: {}, ...more };
}

/** Numbers from 0 to below 1, the same each time (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
