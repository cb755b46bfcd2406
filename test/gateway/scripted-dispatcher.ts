import type { Dispatcher } from '../../src/dispatch/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import type {
  RunFailed,
  RunFailure,
  RunHooks,
  RunOutcome,
  RunRequest,
  RunSuccess,
} from '../../src/protocol/index.js';

export type Script = (request: RunRequest, hooks: RunHooks) => Promise<RunOutcome>;

/** Does with each run what the test says; without a word from it, gives the arguments back. */
export class ScriptedDispatcher implements Dispatcher {
  readonly requests: RunRequest[] = [];
  script: Script = async ({ args }) => succeed(JSON.stringify(args));

  run(request: RunRequest, hooks: RunHooks = {}): Promise<RunOutcome> {
    this.requests.push(request);
    return this.script(request, hooks);
  }

  freeCapacity(): number {
    return 1;
  }

  onCapacity(): () => void {
    return () => undefined;
  }
}

export function succeed(resultJson: string): RunSuccess {
  return { ok: true, resultJson, logs: [], durationMs: 1 };
}

export function fail(code: ErrorCode, more: Partial<RunFailure> = {}): RunFailed {
  return {
    ok: false,
    error: { class: 'failed', code, message: `told by ${code}`, ...more },
    logs: [],
    durationMs: 1,
  };
}

/** Runs until it is cancelled. */
export const untilCancelled: Script = (_request, { signal }) =>
  new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(fail('cancelled', { class: 'cancelled' })));
  });
