/** Checks arguments against an algorithm's schema and says in plain words what is wrong with each field. */
export * from './compile-input.js';
export * from './field-errors.js';
export * from './nesting.js';
