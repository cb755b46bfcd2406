/** Takes tasks off the queue, has them run by a dispatcher, and settles them. */
export type { CallbackOptions } from './callbacks/index.js';
export * from './controller.js';
export { ControllerServer } from './controller-server.js';
export * from './original-intake/index.js';
export type { ControllerOptions } from './controller-options.js';
export type { ControllerSettings } from './controller-settings.js';
