/** The front door: runs, tasks and their stories over HTTP, for people and programs. */
export { createGateway } from './create-gateway.js';
export type { ApiKey, GatewayOptions } from './gateway-options.js';
