/** Python projects: described by their type hints, run with the project's own environment. */
export * from './python-langpack.js';
