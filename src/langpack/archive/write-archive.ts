import { createWriteStream } from 'node:fs';
import { copyFile, chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { RunyardError } from '../../errors/index.js';
import type { ArchiveFile } from './list-files.js';

/** The same content gives the same archive, whenever it was built. */
const MODIFIED = new Date('2000-01-01T00:00:00Z');

export interface Archive {
  path: string;
  files: number;
  /** Of all files, not compressed. */
  bytes: number;
}

type Files = ReadonlyMap<string, ArchiveFile>;

/** Writes a zip, which appears whole or not at all. */
export async function writeZip(path: string, files: Files): Promise<Archive> {
  const zip = new ZipFile();
  for (const file of sorted(files)) {
    const options = { mtime: MODIFIED, mode: 0o100_000 | file.mode };
    if (file.content !== undefined) zip.addBuffer(Buffer.from(file.content), file.name, options);
    else if (file.path !== undefined) zip.addFile(file.path, file.name, options);
  }
  zip.end();
  const temporary = `${path}.${process.pid}`;
  try {
    await pipeline(zip.outputStream, createWriteStream(temporary));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return { path, files: files.size, bytes: countBytes(files) };
}

/** Writes a folder, which must not be there or be empty. @throws RunyardError `project_setup_failed` when it is in use */
export async function writeFolder(path: string, files: Files): Promise<Archive> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length > 0) {
    throw new RunyardError(
      'project_setup_failed',
      `${path} is not empty: name a folder that is not there yet`,
    );
  }
  for (const file of sorted(files)) {
    const target = join(path, file.name);
    await mkdir(dirname(target), { recursive: true });
    if (file.content !== undefined) await writeFile(target, file.content);
    else if (file.path !== undefined) await copyFile(file.path, target);
    await chmod(target, file.mode);
  }
  return { path, files: files.size, bytes: countBytes(files) };
}

function sorted(files: Files): ArchiveFile[] {
  return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function countBytes(files: Files): number {
  return [...files.values()].reduce(
    (bytes, { size, content = '' }) => bytes + (size ?? Buffer.byteLength(content)),
    0,
  );
}
