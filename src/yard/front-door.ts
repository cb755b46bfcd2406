import type { Settings } from '../config/index.js';
import type { RunnerDirectory } from '../discovery/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import { RunyardError } from '../errors/index.js';
import { createGateway } from '../gateway/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import { isLoopback, listen } from './listen.js';
import type { ReleaseStack } from './release-stack.js';
import type { TaskCore } from './task-core.js';

export interface FrontDoorOptions {
  settings: Settings;
  core: TaskCore;
  dispatcher: Dispatcher;
  directory: RunnerDirectory;
  /** Listen beyond loopback although no keys are set. */
  allowNoKeys: boolean;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  version: string;
}

/** Opens the gateway and gives its base address. @throws RunyardError `keys_required`, `port_in_use` */
export async function openFrontDoor(options: FrontDoorOptions, stack: ReleaseStack): Promise<string> {
  const { settings, core } = options;
  const { host, port } = settings.gateway;
  const keys = settings.auth.keys;
  if (keys.length === 0 && !isLoopback(host) && !options.allowNoKeys) {
    throw new RunyardError(
      'keys_required',
      `the gateway would let everybody who reaches ${host} run anything: make a key with \`runyard key NAME\` and put it ` +
        `under auth.keys in runyard.yaml, or say --no-keys`,
    );
  }
  const gateway = createGateway({
    tasks: core.tasks,
    store: core.store,
    queue: core.queue,
    dispatcher: options.dispatcher,
    directory: options.directory,
    apiKeys: keys.map(({ name, hash, algorithms }) => ({
      name,
      hash: hash.slice('sha256:'.length),
      ...(algorithms && { algorithms }),
    })),
    cors: { origins: settings.gateway.corsOrigins },
    ...(keys.length === 0 && isLoopback(host) && { allowedHosts: settings.gateway.allowedHosts }),
    bodyLimitBytes: settings.gateway.bodyLimitBytes,
    callDepth: settings.limits.callDepth,
    version: options.version,
    logger: options.logger,
    metrics: options.metrics,
    tracer: options.tracer,
  });
  stack.push(() => gateway.close());
  return listen(
    gateway,
    { host, port },
    { name: 'gateway', advice: 'choose another with --port or gateway.port' },
  );
}
