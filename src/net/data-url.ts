import { FetchError } from './fetch-error.js';
import type { FetchedBytes } from './fetch-bytes.js';

const DEFAULT_TYPE = 'text/plain';

/** Decodes a `data:` URL (RFC 2397). The size is checked before anything is decoded. */
export function decodeDataUrl(url: string, maxBytes: number): FetchedBytes {
  const comma = url.indexOf(',');
  if (comma < 0) throw new FetchError('malformed', 'expected a comma in the data URL');
  const header = url.slice(0, comma).trim().slice('data:'.length);
  const isBase64 = /;\s*base64\s*$/i.test(header);
  const contentType = header.split(';')[0]?.trim().toLowerCase() || DEFAULT_TYPE;
  const encodedLength = url.length - comma - 1;
  // Three characters per byte is the longest encoding there is (%41), four per three bytes the shortest sensible one.
  const leastBytes = isBase64 ? Math.floor(encodedLength / 4) - 2 : Math.floor(encodedLength / 3);
  if (leastBytes > maxBytes) throw tooLarge(maxBytes);
  const body = url.slice(comma + 1);
  const bytes = isBase64 ? decodeBase64(body) : decodePercent(body);
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return { bytes, contentType };
}

function decodeBase64(body: string): Buffer {
  const text = (body.includes('%') ? decodePercent(body).toString('latin1') : body).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text))
    throw new FetchError('malformed', 'the data URL is not valid base64');
  return Buffer.from(text, 'base64');
}

function decodePercent(body: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(body)) throw new FetchError('malformed', 'the data URL has a broken % escape');
  const raw = Buffer.from(body, 'utf8');
  if (!body.includes('%')) return raw;
  const bytes = Buffer.alloc(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; i++) {
    const isEscape = raw[i] === 0x25;
    bytes[length++] = isEscape ? parseInt(raw.toString('latin1', i + 1, i + 3), 16) : (raw[i] ?? 0);
    if (isEscape) i += 2;
  }
  return bytes.subarray(0, length);
}

function tooLarge(maxBytes: number): FetchError {
  return new FetchError('too_large', `expected at most ${maxBytes} bytes in the data URL`);
}
