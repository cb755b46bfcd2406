import { InvalidInput, RequestError } from 'runyard/adapter';
import { FetchError, fetchBytes } from 'runyard/fetch';
import sharp from 'sharp';
import { MAX_PIXELS } from './decode-square.js';

/** Largest picture that is fetched. */
const MAX_BYTES = 20 * 1024 * 1024;
/** Pixels only: a drawing such as SVG is a program of its own. */
const FORMATS = new Set<string>(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif']);
/** Another try would end the same way. */
const NEVER_FETCHED = new Set<string>(['private_address', 'outside_root', 'too_large']);
const FETCH_TIMEOUT_MS = 15_000;

/**
 * Fetches a picture and makes sure that it is one.
 *
 * @param url - an http(s) or data URL, or a file URL inside `projectFolder`
 * @throws RequestError when nothing came back, InvalidInput when nothing ever will or what came back is not a picture
 */
export async function fetchImage(url: string, projectFolder: string, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await fetchOrExplain(url, projectFolder, signal);
  await assertDecodable(bytes);
  return bytes;
}

async function fetchOrExplain(url: string, projectFolder: string, signal?: AbortSignal): Promise<Buffer> {
  try {
    const { bytes } = await fetchBytes(url, {
      maxBytes: MAX_BYTES,
      timeoutMs: FETCH_TIMEOUT_MS,
      accept: 'image/*',
      allowFileRoot: projectFolder,
      allowPrivate: process.env.ALLOW_PRIVATE_ADDRESSES === '1',
      ...(signal ? { signal } : {}),
    });
    return bytes;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    if (error.reason === 'malformed' || error.reason === 'unsupported_scheme') {
      throw new InvalidInput(`image_url: ${error.message}`, 'image_url');
    }
    const failure = new RequestError(error.status ?? error.reason);
    if (NEVER_FETCHED.has(error.reason)) throw new InvalidInput(failure.message, 'image_url');
    throw failure;
  }
}

async function assertDecodable(bytes: Buffer): Promise<void> {
  try {
    const { format } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
    if (!FORMATS.has(format)) throw new Error(`${format} is not supported`);
    // Reads every pixel: a picture that is cut off in the middle shows only then.
    await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).timeout({ seconds: 10 }).stats();
  } catch (error) {
    throw new InvalidInput(
      `image_url: expected a picture, got ${bytes.length} bytes: ${(error as Error).message}`,
      'image_url',
    );
  }
}
