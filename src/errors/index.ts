/** The catalogue of errors and the one class that carries them. */
export * from './catalogue.js';
export * from './runyard-error.js';
