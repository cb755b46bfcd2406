import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { describeError, RunyardError } from '../../errors/index.js';
import type { ZipLimits } from './zip-limits.js';

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
/** Small files of nothing but spaces are packed well, and harm nobody. */
const RATIO_FROM_BYTES = 1024 * 1024;

/**
 * Unpacks an archive into a folder. Files that are there already are left as they are, as `unzip -n` does.
 * @throws RunyardError `project_invalid` naming the entry that leads outside, is a link, or is more than the limits allow
 */
export async function extractZip(path: string, folder: string, limits: ZipLimits): Promise<void> {
  const zip = await openZip(path);
  try {
    if (zip.entryCount > limits.maxEntries)
      throw refuse(
        path,
        `it has ${zip.entryCount} entries; at most ${limits.maxEntries} are taken`,
        'maxZipEntries',
      );
    const root = await realpath(folder);
    let bytes = 0;
    for await (const entry of readEntries(zip)) {
      bytes += entry.uncompressedSize;
      assertHarmless(path, entry, bytes, limits);
      await extractEntry(zip, entry, root, path);
    }
  } catch (error) {
    if (error instanceof RunyardError) throw error;
    throw refuse(path, describeError(error));
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    // Names that are absolute or climb are errors of the library's own.
    return await promisify<string, yauzl.Options, ZipFile>(yauzl.open)(path, {
      lazyEntries: true,
      autoClose: false,
    });
  } catch (error) {
    throw refuse(path, describeError(error));
  }
}

async function* readEntries(zip: ZipFile): AsyncGenerator<Entry> {
  for (let left = zip.entryCount; left > 0; left -= 1) {
    yield await new Promise<Entry>((resolve, reject) => {
      const settle = (then: () => void): void => {
        zip.removeAllListeners();
        then();
      };
      zip.once('entry', (entry: Entry) => settle(() => resolve(entry)));
      zip.once('error', (error: Error) => settle(() => reject(error)));
      zip.once('end', () => settle(() => reject(new Error('the archive ends before its last entry'))));
      zip.readEntry();
    });
  }
}

function assertHarmless(path: string, entry: Entry, bytes: number, limits: ZipLimits): void {
  const { fileName, uncompressedSize, compressedSize } = entry;
  const name = JSON.stringify(fileName.slice(0, 200));
  if (bytes > limits.maxBytes)
    throw refuse(
      path,
      `with ${name} it holds ${bytes} bytes; at most ${limits.maxBytes} are taken`,
      'maxZipBytes',
    );
  if (uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > compressedSize * limits.maxRatio)
    throw refuse(path, `${name} is packed more than ${limits.maxRatio} times, as a bomb is`, 'maxZipRatio');
  const type = modeOf(entry) & TYPE_MASK;
  if (type !== 0 && type !== REGULAR && type !== FOLDER)
    throw refuse(path, `${name} is a link or a device; only files and folders are taken`);
  if (entry.isEncrypted()) throw refuse(path, `${name} is encrypted`);
}

async function extractEntry(zip: ZipFile, entry: Entry, root: string, path: string): Promise<void> {
  const isFolder = entry.fileName.endsWith('/') || (modeOf(entry) & TYPE_MASK) === FOLDER;
  const target = join(root, entry.fileName);
  const parent = isFolder ? target : dirname(target);
  await assertInside(root, parent, entry, path);
  await mkdir(parent, { recursive: true });
  if (!isFolder) await writeEntry(zip, entry, target);
}

/** A link that was in the folder before may lead out of it: what there is of the way is followed. */
async function assertInside(root: string, folder: string, entry: Entry, path: string): Promise<void> {
  const real = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (real === undefined) {
    await assertInside(root, dirname(folder), entry, path);
  } else if (real !== root && !real.startsWith(root + sep)) {
    throw refuse(path, `${JSON.stringify(entry.fileName.slice(0, 200))} leads outside of ${root}`);
  }
}

async function writeEntry(zip: ZipFile, entry: Entry, target: string): Promise<void> {
  const mode = modeOf(entry);
  // What may be executed stays so; nothing gets rights of its owner, and nothing is without ours.
  const permissions = mode === 0 ? 0o644 : (mode & 0o755) | 0o600;
  const file = await open(target, 'wx', permissions).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (file === undefined) return;
  const stream = await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
  await pipeline(stream, file.createWriteStream());
}

/** The mode of the system it was packed on, if that was one with modes. */
function modeOf(entry: Entry): number {
  return entry.externalFileAttributes >>> 16;
}

function refuse(path: string, why: string, setting?: string): RunyardError {
  const advice = setting === undefined ? '' : ` (langserver.${setting})`;
  return new RunyardError('project_invalid', `${path} cannot be unpacked: ${why}${advice}`);
}
