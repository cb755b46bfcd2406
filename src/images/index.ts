/** Dockerfiles: of libraries an algorithm needs, and of a project. */
export { findLibrary, readLibrary, type Library } from './library.js';
export * from './library-image.js';
export * from './project-image.js';
