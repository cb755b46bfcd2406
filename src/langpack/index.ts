/** What Runyard knows about languages: finding projects, setting them up, describing them, and how to launch them. */
export * from './langpack.js';
