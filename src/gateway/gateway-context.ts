import type { AlgorithmCatalogue } from './algorithm-catalogue.js';
import type { Answers } from './answers.js';
import type { Authenticator } from './authenticate.js';
import type { ResolvedGatewayOptions } from './gateway-options.js';

/** What the routes of one gateway share. */
export interface GatewayContext {
  options: ResolvedGatewayOptions;
  answers: Answers;
  authenticator: Authenticator;
  catalogue: AlgorithmCatalogue;
  /** Aborted when the gateway begins to close: followers are let go, and come back to the next one. */
  closing: AbortSignal;
}
