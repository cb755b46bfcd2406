import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { FetchError } from './fetch-error.js';
import { isPublicAddress, resolvePublicHost } from './public-address.js';

/** How a guarded dispatcher connects. */
export interface GuardedDispatcherOptions {
  /** Lets connections to private addresses through, for a yard that serves its own network. @default false */
  allowPrivate?: boolean;
  /** Limit for connecting, TLS included. @default 10000 */
  connectTimeoutMs?: number;
}

/**
 * An undici dispatcher that connects to public addresses only.
 *
 * The name is resolved once and the socket opened to the very address that was checked, so a name that changes its
 * mind between check and connection (DNS rebinding) gains nothing. It does not follow redirects: whoever does, sends each hop
 * through it again. Close it, or keep it for the life of the process.
 *
 * @example await request(callbackUrl, { method: 'POST', body, dispatcher: createGuardedDispatcher() });
 */
export function createGuardedDispatcher(options: GuardedDispatcherOptions = {}): Dispatcher {
  const { allowPrivate = false, connectTimeoutMs = 10_000 } = options;
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    ...(allowPrivate ? { lookup: dnsLookup } : { lookup: lookupPublic }),
  });
  if (allowPrivate) return new Agent({ connect });
  return new Agent({
    connect: (target, callback) => {
      // A literal address never reaches `lookup`, so it is checked here.
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) && !isPublicAddress(host)) {
        callback(new FetchError('private_address', `expected a public address, got ${host}`), null);
        return;
      }
      connect(target, callback);
    },
  });
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolvePublicHost(hostname).then(
    (addresses) => {
      const wanted = addresses.filter(({ family }) => !options.family || family === Number(options.family));
      const first = wanted[0];
      if (!first) callback(new FetchError('network', `${hostname} has no usable address`), '');
      else if (options.all) callback(null, wanted);
      else callback(null, first.address, first.family);
    },
    (error: unknown) => callback(error as Error, ''),
  );
};
