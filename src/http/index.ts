/** What every HTTP part of Runyard has in common: problem documents, event streams and headers. */
export * from './algo-document.js';
export * from './answer-in-time.js';
export * from './body-error.js';
export * from './event-stream.js';
export * from './fastapi-detail.js';
export * from './operation-routes.js';
export * from './plain-input.js';
export * from './problem.js';
export * from './problem-handlers.js';
export * from './run-headers.js';
export * from './trace-requests.js';
