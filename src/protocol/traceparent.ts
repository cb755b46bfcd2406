/** Name of the W3C trace context, in HTTP and in messages. */
export const TRACEPARENT_HEADER = 'traceparent';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.{0,200})?$/;

/** A traceparent of the W3C's shape; another one is not passed on. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}
