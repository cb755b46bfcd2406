/** Describes algorithms as OpenAPI and serves the description with a page for people. */
export * from './build-openapi.js';
export * from './openapi-document.js';
export * from './register-docs.js';
export * from './request-model.js';
