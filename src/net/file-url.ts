import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FetchBytesOptions, FetchedBytes } from './fetch-bytes.js';
import { FetchError } from './fetch-error.js';

/** Reads a `file:` URL from inside `allowFileRoot`. Links are followed first, so one that leads outside is refused. */
export async function readFileUrl(url: string, options: FetchBytesOptions): Promise<FetchedBytes> {
  const { allowFileRoot } = options;
  if (allowFileRoot === undefined)
    throw new FetchError('unsupported_scheme', 'file URLs are not allowed here');
  const file = await open(await resolveInside(toPath(url), allowFileRoot), readFlags).catch(missing);
  try {
    return { bytes: await readBounded(file, options.maxBytes) };
  } finally {
    await file.close();
  }
}

/** Never follow a link that appeared after the check; never wait on a pipe. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function toPath(url: string): string {
  try {
    return fileURLToPath(url.trim());
  } catch (cause) {
    throw new FetchError('malformed', 'expected a local file URL, such as file:///folder/picture.png', {
      cause,
    });
  }
}

async function resolveInside(path: string, root: string): Promise<string> {
  const realRoot = await realpath(root).catch((cause: unknown) => {
    throw new FetchError('outside_root', 'the folder that file URLs may read from does not exist', { cause });
  });
  // Checked as written first: whether something outside exists is nobody's business.
  if (!isInside(path, resolve(root)) && !isInside(path, realRoot)) throw outside();
  const realPath = await realpath(path).catch(missing);
  if (!isInside(realPath, realRoot)) throw outside();
  return realPath;
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function readBounded(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new FetchError('malformed', 'expected a regular file');
  if (stat.size > maxBytes)
    throw new FetchError('too_large', `expected at most ${maxBytes} bytes, got ${stat.size}`);
  const buffer = Buffer.alloc(stat.size);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function missing(cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    throw new FetchError('status', 'no such file', { status: 404, cause });
  throw new FetchError('outside_root', 'the file cannot be read', { cause });
}

function outside(): FetchError {
  return new FetchError('outside_root', 'expected a file inside the folder that file URLs may read from');
}
