/** Projects with one `apply` that takes anything, known by `algorithmia.conf` or `bin/pipe`. */
export * from './classic-config.js';
export * from './find-classic-project.js';
export * from './own-pipe.js';
