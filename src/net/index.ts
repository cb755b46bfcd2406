/** Getting bytes from addresses that callers name, without letting them reach what is not public. */
export { fetchBytes, type FetchBytesOptions, type FetchedBytes } from './fetch-bytes.js';
export { FetchError, findFetchError, type FetchFailure } from './fetch-error.js';
export { createGuardedDispatcher, type GuardedDispatcherOptions } from './guarded-dispatcher.js';
export {
  assertPublicUrl,
  isPublicAddress,
  resolvePublicHost,
  type ResolvedAddress,
} from './public-address.js';
