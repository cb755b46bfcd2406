import type { HostHealth } from '../host/index.js';

/** Answer of `GET /health`. */
export interface RunnerHealth {
  /** `ok` only while a process can answer. */
  status: 'ok' | 'draining' | Exclude<HostHealth['state'], 'ready'>;
  /** Why it is not ok. */
  reason?: string;
  runner: string;
  name: string;
  version: string;
  algorithms: string[];
  processes: HostHealth;
}

export function describeHealth(
  processes: HostHealth,
  { isDraining, ...runner }: Omit<RunnerHealth, 'status' | 'reason' | 'processes'> & { isDraining: boolean },
): RunnerHealth {
  const status = isDraining ? 'draining' : processes.state === 'ready' ? 'ok' : processes.state;
  return {
    status,
    ...(status !== 'ok' && { reason: describeState(status, processes) }),
    ...runner,
    processes,
  };
}

function describeState(status: Exclude<RunnerHealth['status'], 'ok'>, { lastError }: HostHealth): string {
  const because = lastError === undefined ? '' : `: ${lastError}`;
  switch (status) {
    case 'draining':
      return 'the runner finishes its work and goes';
    case 'starting':
      return `no process is ready yet${because}`;
    case 'crash_loop':
      return `the processes keep dying${because}`;
    case 'stopped':
      return 'the processes have been ended';
  }
}
