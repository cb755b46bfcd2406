/** A project as one zip that runs elsewhere: `runyard build`. */
export * from './archive-project.js';
export type { Archive } from './write-archive.js';
export * from './archived-project.js';
export { ARCHIVE_MANIFEST } from './archive-manifest.js';
