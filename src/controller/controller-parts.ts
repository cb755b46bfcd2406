import { randomUUID } from 'node:crypto';
import type { AlgorithmLimits } from '../protocol/index.js';
import type { Delivery } from '../queue/index.js';
import { silentLogger, type Logger } from '../telemetry/index.js';
import { ActiveRuns } from './active-runs.js';
import { CallbackWorker } from './callbacks/index.js';
import { CancelWatch } from './cancel-watch.js';
import { ClaimLoop } from './claim-loop.js';
import { ControllerMetrics } from './controller-metrics.js';
import type { ControllerOptions } from './controller-options.js';
import { resolveControllerSettings, type ControllerSettings } from './controller-settings.js';
import { DeliveryRunner } from './delivery-runner.js';
import { EventWriter } from './event-writer.js';
import { ExpirySweep } from './expiry-sweep.js';
import { LaneBoard } from './lane-board.js';
import { LostMessageSweep } from './lost-message-sweep.js';
import { Persister } from './persister.js';
import { Repeating } from './repeating.js';
import { pruneEndedTasks } from './retention.js';

/** Everything a controller is made of. */
export interface ControllerParts {
  id: string;
  settings: Readonly<ControllerSettings>;
  lanes: LaneBoard;
  claims: ClaimLoop;
  runs: ActiveRuns;
  cancelWatch: CancelWatch;
  events: EventWriter;
  persister: Persister;
  deliveries: DeliveryRunner;
  metrics: ControllerMetrics;
  sweep: ExpirySweep;
  callbacks: CallbackWorker | undefined;
  upkeep: Repeating[];
}

/** Makes the parts and ties them together. */
export function assembleParts(
  options: ControllerOptions,
  onDelivery: (delivery: Delivery) => void,
): ControllerParts {
  const { queue, store, dispatcher, metrics, clock = Date.now, random = Math.random } = options;
  const id = options.id ?? `controller-${randomUUID().slice(0, 8)}`;
  const logger = (options.logger ?? silentLogger).child({ controller: id });
  const settings = resolveControllerSettings(options.settings);
  const freeCapacity = (algorithm: string): number | undefined => dispatcher.freeCapacity(algorithm);

  const lanes: LaneBoard = new LaneBoard({ ...settings, freeCapacity, onWork: () => claims.wake() });
  const claims = new ClaimLoop({ queue, lanes, onDelivery, logger });
  const runs: ActiveRuns = new ActiveRuns(() => cancelWatch.wake());
  const cancelWatch = new CancelWatch(runs, { store, checkMs: settings.cancelCheckMs, logger });
  const persister = new Persister(logger);
  const events = new EventWriter({ store, persister, settings, clock });
  const callbacks =
    options.callbacks && new CallbackWorker({ ...options.callbacks, store, clock, logger, metrics });
  const controllerMetrics = new ControllerMetrics(metrics);
  const deliveries = new DeliveryRunner({
    ...{ store, dispatcher, lanes, runs, events, persister, settings, clock, random, logger },
    atomic: options.atomic ?? false,
    getLimits: createLimitsLookup(options),
    metrics: controllerMetrics,
    tracer: options.tracer,
    onFinal: (task) => {
      if (task.callbackUrl !== undefined) callbacks?.wake();
    },
  });
  const sweep = new ExpirySweep({
    ...{ store, queue, freeCapacity, clock, logger },
    unroutableAfterMs: settings.unroutableAfterMs,
    onExpired: () => callbacks?.wake(),
  });
  const upkeep = createUpkeep(options, { lanes, sweep, settings, clock, logger });
  return {
    id,
    settings,
    lanes,
    claims,
    runs,
    cancelWatch,
    events,
    persister,
    deliveries,
    metrics: controllerMetrics,
    sweep,
    callbacks,
    upkeep,
  };
}

/** The owner's word goes before the author's. */
function createLimitsLookup({
  directory,
  algorithms,
}: ControllerOptions): (algorithm: string) => AlgorithmLimits {
  return (algorithm) => {
    const own = directory?.descriptor(algorithm)?.limits;
    const overrides = algorithms && Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
    if (overrides === undefined) return own ?? NO_LIMITS;
    return own === undefined ? overrides : { ...own, ...overrides };
  };
}

const NO_LIMITS: AlgorithmLimits = Object.freeze({});

interface UpkeepParts {
  lanes: LaneBoard;
  sweep: ExpirySweep;
  settings: ControllerSettings;
  clock: () => number;
  logger: Logger;
}

function createUpkeep({ queue, store, atomic }: ControllerOptions, parts: UpkeepParts): Repeating[] {
  const { lanes, sweep, settings, clock, logger } = parts;
  const checkLanes = async (): Promise<void> => {
    const ready = await queue.readyLanes();
    for (const algorithm of ready) lanes.markReady(algorithm);
    lanes.forgetIdle();
    await sweep.sweepUnroutable(ready);
  };
  const sweepDeadlines = (): Promise<void> => sweep.sweepDeadlines();
  const prune = (): Promise<void> =>
    pruneEndedTasks({ store, retentionMs: settings.retentionMs, clock, logger });
  const upkeep = [
    new Repeating('looking for ready lanes', checkLanes, settings.laneCheckIntervalMs, logger),
    new Repeating('ending late tasks', sweepDeadlines, settings.sweepIntervalMs, logger),
    new Repeating('deleting ended tasks', prune, settings.pruneIntervalMs, logger),
  ];
  if (atomic === true) return upkeep;
  const afterMs = settings.lostMessageAfterMs;
  const lost = new LostMessageSweep({ store, queue, afterMs, clock, logger });
  return [...upkeep, new Repeating('looking for lost messages', () => lost.sweep(), afterMs, logger)];
}
