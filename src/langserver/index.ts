/** The HTTP API that algorithms had at Algorithmia, over a project's processes. */
export * from './bring-in/bring-in.js';
export * from './bring-in/zip-limits.js';
export * from './langserver.js';
export * from './langserver-options.js';
export * from './printed.js';
export * from './status-reporter.js';
