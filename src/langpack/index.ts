/** What Runyard knows about languages: finding projects, setting them up, describing them, and how to launch them. */
export { archiveProject, type Archive } from './archive/index.js';
export * from './create-project.js';
export * from './find-projects.js';
export * from './langpack.js';
export * from './manifest.js';
export * from './package-root.js';
export * from './registry.js';
