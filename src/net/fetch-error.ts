/**
 * Why a fetch came to nothing.
 *
 * - `status`: the server answered, with a status outside 200 to 299 (a missing file counts as 404)
 * - `too_large`: more bytes than `maxBytes`
 * - `timeout`: the whole transfer took longer than `timeoutMs`
 * - `private_address`: the host is, or resolves to, an address that is not on the public internet
 * - `unsupported_scheme`: not `http:`, `https:`, `data:` or (where allowed) `file:`
 * - `outside_root`: a `file:` URL that leads out of `allowFileRoot`
 * - `network`: no answer: name not found, connection refused or broken
 * - `malformed`: not a URL, or an answer that cannot be read
 */
export type FetchFailure =
  | 'status'
  | 'too_large'
  | 'timeout'
  | 'private_address'
  | 'unsupported_scheme'
  | 'outside_root'
  | 'network'
  | 'malformed';

/** Raised by everything in `runyard/fetch`; `reason` says what kind of failure it was. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly reason: FetchFailure;
  /** The HTTP status, when `reason` is `status`. */
  readonly status?: number;

  constructor(reason: FetchFailure, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    if (options.status !== undefined) this.status = options.status;
  }
}

/** The `FetchError` inside an error, however deep a library wrapped it, if there is one. */
export function findFetchError(error: unknown): FetchError | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof FetchError) return current;
  }
  return undefined;
}
