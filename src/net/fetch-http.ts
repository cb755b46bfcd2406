import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { request, type Dispatcher } from 'undici';
import type { FetchBytesOptions, FetchedBytes } from './fetch-bytes.js';
import { FetchError, findFetchError } from './fetch-error.js';
import { createGuardedDispatcher } from './guarded-dispatcher.js';
import { parseHttpUrl } from './public-address.js';

const MAX_REDIRECTS = 5;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** One GET over http(s) through the guarded dispatcher, with redirects, time and size in bounds. */
export async function fetchHttp(url: string, options: FetchBytesOptions): Promise<FetchedBytes> {
  const target = parseHttpUrl(url.trim());
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  const dispatcher = createGuardedDispatcher({
    allowPrivate: options.allowPrivate ?? false,
    connectTimeoutMs: options.timeoutMs,
  });
  try {
    const response = await followRedirects(target, { ...options, signal }, dispatcher);
    return await readResponse(response, options.maxBytes, signal);
  } catch (error) {
    throw explain(error, deadline, options);
  } finally {
    await dispatcher.destroy();
  }
}

async function followRedirects(
  start: URL,
  options: FetchBytesOptions & { signal: AbortSignal },
  dispatcher: Dispatcher,
): Promise<Dispatcher.ResponseData> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(url, {
      dispatcher,
      signal: options.signal,
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      headers: { accept: options.accept ?? '*/*', 'accept-encoding': 'identity', 'user-agent': 'runyard' },
    });
    const location = response.headers.location;
    if (!REDIRECT_STATUSES.has(response.statusCode) || typeof location !== 'string') return response;
    response.body.on('error', ignoreLateError).destroy();
    url = parseHttpUrl(location, url);
  }
  throw new FetchError('network', `expected at most ${MAX_REDIRECTS} redirects`);
}

async function readResponse(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  signal: AbortSignal,
): Promise<FetchedBytes> {
  const { statusCode, headers, body } = response;
  body.on('error', ignoreLateError);
  if (statusCode < 200 || statusCode > 299) {
    body.destroy();
    throw new FetchError('status', `expected a status of 200, got ${statusCode}`, { status: statusCode });
  }
  const bytes = await readBounded(decode(body, String(headers['content-encoding'] ?? '')), maxBytes, signal);
  const contentType = String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase();
  return contentType ? { bytes, contentType } : { bytes };
}

/** Some servers compress whatever they are asked; what counts against `maxBytes` is the size unpacked. */
function decode(body: Readable, encoding: string): Readable {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const decoders = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const create = decoders[name as keyof typeof decoders];
  if (!create) {
    body.destroy();
    throw new FetchError('malformed', `expected content that is not encoded, got ${name}`);
  }
  const decoder = create();
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return body.pipe(decoder);
}

/** Counts while it reads: a Content-Length header is only a claim. */
async function readBounded(stream: Readable, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    length += chunk.length;
    if (length > maxBytes) throw new FetchError('too_large', `expected at most ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function explain(error: unknown, deadline: AbortSignal, options: FetchBytesOptions): unknown {
  const known = findFetchError(error);
  if (known) return known;
  if (options.signal?.aborted) return options.signal.reason;
  const code = (error as { code?: string }).code ?? '';
  if (deadline.aborted || /TIMEOUT/.test(code)) {
    return new FetchError('timeout', `no complete answer within ${options.timeoutMs} ms`, { cause: error });
  }
  if (/^Z_|^ERR_.*(BROTLI|ZLIB)/.test(code)) {
    return new FetchError('malformed', 'the content cannot be decompressed', { cause: error });
  }
  return new FetchError('network', `no answer: ${(error as Error).message}`, { cause: error });
}

/** A body that is thrown away may still fail later; nobody waits for it. */
function ignoreLateError(): void {}
