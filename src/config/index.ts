/** Settings: their one definition, where they come from, and how they are resolved once, checked and frozen. */
export * from './child-environment.js';
export * from './discovery-urls.js';
export * from './environment.js';
export * from './log-levels.js';
export * from './nearest-name.js';
export * from './resolve-settings.js';
export * from './settings-file.js';
export * from './settings.js';
