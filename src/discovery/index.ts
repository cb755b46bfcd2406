/** The registry of runners: kept by lease and by probe, served over HTTP, followed by those who send work. */
export { type Clock } from './clock.js';
export { createDiscoveryServer, type DiscoveryServerOptions } from './discovery-server.js';
export { addFixedRunner, FIXED_ALGORITHM } from './fixed-runner.js';
export { type OriginalRegistration } from './original-runner.js';
export { Registrar, type RegistrarOptions } from './registrar.js';
export { RUNNER_ID } from './registration-schema.js';
export {
  createRemoteDirectory,
  type RemoteDirectory,
  type RemoteDirectoryOptions,
} from './remote-directory.js';
export { createLocalDirectory, type RunnerDirectory } from './runner-directory.js';
export { type ProbeOptions } from './runner-prober.js';
export { RunnerRegistry, type RunnerRegistryOptions } from './runner-registry.js';
export {
  surveySchemas,
  type RunnerSurvey,
  type SchemaSurvey,
  type SchemaSurveyOptions,
} from './survey-schemas.js';
export { type WatchHubOptions } from './watch-hub.js';
