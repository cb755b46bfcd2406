import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from an echo in a warm process to a long model run. */
const RUN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Seconds; from a commit that shares its sync with others to a broker that is hardly there. */
const WRITE_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * Every metric of a process, on a registry of its own. Names and labels are the contract with dashboards; docs/operations.md
 * lists them. No label takes a value that a caller could make up without end.
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...createRunMetrics(registers),
    ...createTaskMetrics(registers),
    ...createYardMetrics(registers),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** Adds memory, CPU and event-loop figures of this process. */
export function collectProcessMetrics(metrics: Metrics): void {
  collectDefaultMetrics({ register: metrics.registry });
}

/** Of runners: what their processes do. */
function createRunMetrics(registers: Registry[]) {
  const ofProject = { labelNames: ['project'], registers } as const;
  return {
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
    poolProcesses: new Gauge({ name: 'runyard_pool_processes', help: 'Live child processes', ...ofProject }),
    poolRunning: new Gauge({ name: 'runyard_pool_running', help: 'Runs in child processes', ...ofProject }),
    poolWaiting: new Gauge({
      name: 'runyard_pool_waiting',
      help: 'Runs waiting for a child process',
      ...ofProject,
    }),
    poolCapacity: new Gauge({
      name: 'runyard_pool_capacity',
      help: 'Runs of the algorithm that the runner offers to take at once',
      labelNames: ['project', 'algorithm'],
      registers,
    }),
    poolCrashes: new Counter({
      name: 'runyard_pool_crashes_total',
      help: 'Child processes that died unasked',
      ...ofProject,
    }),
  };
}

/** Of gateways and controllers: what becomes of tasks. */
function createTaskMetrics(registers: Registry[]) {
  const ofAlgorithm = { labelNames: ['algorithm'], registers } as const;
  return {
    submitted: new Counter({ name: 'runyard_tasks_submitted_total', help: 'Tasks accepted', ...ofAlgorithm }),
    storeSeconds: new Histogram({
      name: 'runyard_task_store_seconds',
      help: 'From handing a new task to the store to its being kept',
      buckets: WRITE_SECONDS,
      registers,
    }),
    publishSeconds: new Histogram({
      name: 'runyard_task_publish_seconds',
      help: 'From handing a message to the queue to its confirmation',
      buckets: WRITE_SECONDS,
      registers,
    }),
    attempts: new Counter({
      name: 'runyard_attempts_total',
      help: 'Attempts settled by this controller, by outcome: ok or a failure class, or late for one that was dropped',
      labelNames: ['algorithm', 'outcome'],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: 'runyard_attempt_seconds',
      help: 'From handing an attempt to the dispatcher to its outcome',
      buckets: RUN_SECONDS,
      ...ofAlgorithm,
    }),
    waitSeconds: new Histogram({
      name: 'runyard_task_wait_seconds',
      help: 'From accepted (or due) to taken up, of first tries',
      buckets: RUN_SECONDS,
      ...ofAlgorithm,
    }),
    callbacks: new Counter({
      name: 'runyard_callbacks_total',
      help: 'Callback deliveries tried, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    // Labelled, so that it is there only where a controller is.
    controllerTasks: new Gauge({
      name: 'runyard_controller_tasks',
      help: 'Tasks this controller has claimed and not settled: state in_flight',
      labelNames: ['state'],
      registers,
    }),
  };
}

/** Of the yard as a whole: the same from whichever process tells them. */
function createYardMetrics(registers: Registry[]) {
  const ofAlgorithm = { labelNames: ['algorithm'], registers } as const;
  return {
    queueReady: new Gauge({ name: 'runyard_queue_ready', help: 'Tasks ready to be taken', ...ofAlgorithm }),
    queueDelayed: new Gauge({
      name: 'runyard_queue_delayed',
      help: 'Tasks waiting for a later time; the embedded queue alone tells it',
      ...ofAlgorithm,
    }),
    queueOldestSeconds: new Gauge({
      name: 'runyard_queue_oldest_seconds',
      help: 'Age of the oldest task that is due and waits',
      ...ofAlgorithm,
    }),
    tasks: new Gauge({
      name: 'runyard_tasks',
      help: 'Tasks in the store, by state',
      labelNames: ['algorithm', 'state'],
      registers,
    }),
    partUp: new Gauge({
      name: 'runyard_part_up',
      help: '1 while the queue or the store answers this process',
      labelNames: ['part'],
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
      help: 'Runners known to discovery, by how they are kept: by lease or by probe',
      labelNames: ['kind'],
      registers,
    }),
    discoveryAlgorithms: new Gauge({
      name: 'runyard_discovery_algorithms',
      help: 'Algorithms known to discovery',
      registers,
    }),
  };
}
