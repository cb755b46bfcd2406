import { isUtf8 } from 'node:buffer';

/** Of a message that cannot be used, this much is kept to be looked at. */
const MAX_KEPT = 64 * 1024;

/** The bytes of a message as the payload of a dead task: `message` or, where it is no text, `base64`; the size it had; whether it was cut. */
export function keepContent(content: Buffer): Record<string, unknown> {
  const isCut = content.length > MAX_KEPT;
  const start = content.subarray(0, MAX_KEPT);
  const text = isCut ? decodeStart(start) : isUtf8(start) ? start.toString('utf8') : undefined;
  return {
    ...(text === undefined ? { base64: start.toString('base64') } : { message: text }),
    bytes: content.length,
    ...(isCut && { truncated: true }),
  };
}

/** A cut may go through a character, which is left out. */
function decodeStart(start: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(start, { stream: true });
  } catch {
    // No text, then.
    return undefined;
  }
}
