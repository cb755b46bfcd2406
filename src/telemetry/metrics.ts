import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from an echo in a warm process to a long model run. */
const RUN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Every metric of a process, on a registry of its own. Names and labels are the contract with dashboards. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    runs: new Counter({
      name: 'runyard_runs_total',
      help: 'Runs ended on this runner, by outcome: ok or a failure class',
      labelNames: ['algorithm', 'outcome'],
      registers,
    }),
    runSeconds: new Histogram({
      name: 'runyard_run_seconds',
      help: 'Time in the process',
      labelNames: ['algorithm'],
      buckets: RUN_SECONDS,
      registers,
    }),
    poolProcesses: new Gauge({
      name: 'runyard_pool_processes',
      help: 'Live child processes',
      labelNames: ['project'],
      registers,
    }),
    poolRunning: new Gauge({
      name: 'runyard_pool_running',
      help: 'Runs in child processes',
      labelNames: ['project'],
      registers,
    }),
    poolWaiting: new Gauge({
      name: 'runyard_pool_waiting',
      help: 'Runs waiting for a child process',
      labelNames: ['project'],
      registers,
    }),
    poolCrashes: new Gauge({
      name: 'runyard_pool_crashes',
      help: 'Children that died unasked since the start',
      labelNames: ['project'],
      registers,
    }),
    submitted: new Counter({
      name: 'runyard_tasks_submitted_total',
      help: 'Tasks accepted',
      labelNames: ['algorithm'],
      registers,
    }),
    attempts: new Counter({
      name: 'runyard_attempts_total',
      help: 'Attempts settled by this controller, by outcome: ok or a failure class',
      labelNames: ['algorithm', 'outcome'],
      registers,
    }),
    waitSeconds: new Histogram({
      name: 'runyard_task_wait_seconds',
      help: 'From accepted (or due) to taken up',
      labelNames: ['algorithm'],
      buckets: RUN_SECONDS,
      registers,
    }),
    queueReady: new Gauge({
      name: 'runyard_queue_ready',
      help: 'Tasks ready to be taken',
      labelNames: ['algorithm'],
      registers,
    }),
    queueDelayed: new Gauge({
      name: 'runyard_queue_delayed',
      help: 'Tasks waiting for a later time',
      labelNames: ['algorithm'],
      registers,
    }),
    queueOldestSeconds: new Gauge({
      name: 'runyard_queue_oldest_seconds',
      help: 'Age of the oldest ready task',
      labelNames: ['algorithm'],
      registers,
    }),
    breakerOpen: new Gauge({
      name: 'runyard_breaker_open',
      help: '1 while no work is sent to the runner',
      labelNames: ['runner'],
      registers,
    }),
    discoveryRunners: new Gauge({
      name: 'runyard_discovery_runners',
      help: 'Runners known to discovery',
      labelNames: ['kind'],
      registers,
    }),
    callbacks: new Counter({
      name: 'runyard_callbacks_total',
      help: 'Callback deliveries tried, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Adds memory, CPU and event-loop figures of this process. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}
