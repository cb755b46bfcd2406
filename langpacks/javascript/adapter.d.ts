/**
 * The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again.
 *
 * @example throw new InvalidInput('image_url is not an image', 'image_url');
 */
export class InvalidInput extends Error {
  constructor(message: string, path?: string);
  override name: 'InvalidInput';
  /** The argument that is wrong, as `image_url` or `/items/3/name`. */
  readonly path?: string;
}

/**
 * Something the request points at, such as an image address, could not be fetched.
 *
 * @example throw new RequestError(404); // Error fetching request image, received 404
 */
export class RequestError extends Error {
  /**
   * @param status - The HTTP status that came back, or a word where there was none (`timeout`).
   * @param message - @default `Error fetching request image, received <status>`
   */
  constructor(status: number | string, message?: string, options?: { cause?: unknown });
  override name: 'RequestError';
  readonly status: number | string;
}

/** What a running algorithm may use. Take it as an optional last argument; it is never part of the schema. */
export interface Context {
  /** Tells whoever follows the task how far it is. `fraction` runs from 0 to 1. */
  progress(fraction: number, message?: string): void;
  /** Adds a line to the log of this request. */
  log(message: string): void;
  /** Aborted when the request is cancelled or its time is over. */
  signal: AbortSignal;
  /** Runs another algorithm of the yard and waits for its result. */
  call(algorithm: string, args: object): Promise<unknown>;
}
