import type { Settings } from './settings.js';

/** Where discovery is looked for when nobody said otherwise. */
const DEFAULT_DISCOVERY = 'http://127.0.0.1:5099';

/** The discoveries that the settings name, or the usual one. */
export function discoveryUrls({ discovery }: Settings): string[] {
  return discovery.urls.length === 0 ? [DEFAULT_DISCOVERY] : [...discovery.urls];
}
