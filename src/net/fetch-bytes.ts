import { decodeDataUrl } from './data-url.js';
import { FetchError } from './fetch-error.js';
import { fetchHttp } from './fetch-http.js';
import { readFileUrl } from './file-url.js';

/** Limits and permissions of one fetch. */
export interface FetchBytesOptions {
  /** Most bytes the content may have; more ends the transfer with `too_large`. */
  maxBytes: number;
  /** Limit for the whole transfer: names, redirects, headers and body. */
  timeoutMs: number;
  /** Lets http(s) URLs reach private addresses. @default false */
  allowPrivate?: boolean;
  /** The folder that `file:` URLs may read from. Without it they are refused. */
  allowFileRoot?: string;
  /** The `Accept` header to send, such as `image/*`. */
  accept?: string;
  /** Ends the transfer early; its reason is thrown as it is. */
  signal?: AbortSignal;
}

/** What came back. */
export interface FetchedBytes {
  bytes: Buffer;
  /** The media type the sender claims, such as `image/png`. */
  contentType?: string;
}

/**
 * Gets the bytes behind an `http:`, `https:`, `data:` or `file:` URL, within bounds and without reaching private addresses.
 *
 * @throws FetchError, whose `reason` tells what happened
 * @example const { bytes } = await fetchBytes(url, { maxBytes: 10_000_000, timeoutMs: 15_000, accept: 'image/*' });
 */
export async function fetchBytes(url: string, options: FetchBytesOptions): Promise<FetchedBytes> {
  options.signal?.throwIfAborted();
  switch (schemeOf(url)) {
    case 'http:':
    case 'https:':
      return fetchHttp(url, options);
    case 'data:':
      return decodeDataUrl(url, options.maxBytes);
    case 'file:':
      return readFileUrl(url, options);
    case undefined:
      throw new FetchError('malformed', 'expected an absolute URL, such as https://example.org/picture.png');
    default:
      throw new FetchError('unsupported_scheme', 'expected an http, https, data or file URL');
  }
}

/** Read by hand: a data URL of many megabytes is not worth a `URL` object. */
function schemeOf(url: string): string | undefined {
  return /^\s*([a-z][a-z0-9+.-]*:)/i.exec(url)?.[1]?.toLowerCase();
}
