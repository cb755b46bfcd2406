import type { IncomingHttpHeaders } from 'node:http';
import { describeError } from '../errors/index.js';
import type { RunRequest } from '../protocol/index.js';

/** What a request asks an algorithm to run on. */
export interface AlgorithmInput {
  args: unknown;
  contentType?: NonNullable<RunRequest['contentType']>;
  /** JSON on one line, as it was sent: numbers keep their digits. */
  argsJson?: string;
}

/** Why no input can be made of a request; the message is what callers of the original server know. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** Reads the input from a body by its type. @throws BadInput */
export function readInput(headers: IncomingHttpHeaders, body: Buffer): AlgorithmInput {
  const isEncoded = readEncoding(headers['content-encoding']);
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return readJson(body);
  if (type === 'text/plain') return { args: decodeUtf8(body), contentType: 'text' };
  if (type === 'application/octet-stream')
    return { args: { $binary: isEncoded ? decodeUtf8(body) : body.toString('base64') } };
  throw new BadInput('bad request: Missing ContentType');
}

/** True for base64, the one encoding there is. */
function readEncoding(header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header.includes(',')) throw new BadInput('bad request: Too many ContentEncoding headers Error');
  if (header.trim().toLowerCase() === 'base64') return true;
  throw new BadInput(`bad request: Unexpected ContentEncoding ${header.trim().slice(0, 100)}`);
}

function readJson(body: Buffer): AlgorithmInput {
  const text = decodeUtf8(body);
  try {
    const args: unknown = JSON.parse(text);
    // Outside of strings, where alone there can be line ends, any space does.
    return { args, argsJson: /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text };
  } catch (error) {
    throw new BadInput(`JSON error - ${describeError(error)}`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new BadInput('IO error - stream did not contain valid UTF-8');
  }
}
