import { getCatalogueEntry, type ErrorCode, type FailureClass } from './catalogue.js';

export interface FieldErrorLike {
  path: string;
  message: string;
}

export interface RunyardErrorOptions {
  cause?: unknown;
  /** Wrong places in an input. */
  errors?: FieldErrorLike[];
  /** How long to stay away, in milliseconds; becomes `Retry-After`. */
  retryAfterMs?: number;
  /** Takes the place of the string `detail` where an older format wants an array there. */
  detail?: unknown[];
}

/** The only kind of error that leaves a Runyard component on purpose. Its code is in the catalogue. */
export class RunyardError extends Error {
  override readonly name = 'RunyardError';
  readonly code: ErrorCode;
  readonly errors: FieldErrorLike[] | undefined;
  readonly retryAfterMs: number | undefined;
  readonly detail: unknown[] | undefined;

  constructor(code: ErrorCode, message: string, options: RunyardErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.retryAfterMs = options.retryAfterMs;
    this.detail = options.detail;
  }

  get status(): number {
    return getCatalogueEntry(this.code).status;
  }

  get class(): FailureClass | undefined {
    return getCatalogueEntry(this.code).class;
  }
}

/** The message of anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
