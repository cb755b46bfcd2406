import { fileURLToPath } from 'node:url';

/** The package's own folder: two levels up from here in the source tree and in the compiled one. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));
