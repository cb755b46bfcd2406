import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { DescribeContext, DescribedProject, Langpack, PackedProject } from '../langpack.js';
import { createLauncher, LANGPACK_FOLDER } from './launcher.js';
import { listFiles, type ArchiveFile } from './list-files.js';
import { ARCHIVE_MANIFEST, type ArchiveManifest } from './archive-manifest.js';

/** Folders of a langpack that run nothing. */
const TEMPLATES = ['template', 'classic'];
/** The same content gives the same archive, whenever it was built. */
const MODIFIED = new Date('2000-01-01T00:00:00Z');

export interface Archive {
  path: string;
  files: number;
  /** Of all files before they were compressed. */
  bytes: number;
}

/**
 * Puts a described project into one zip with everything that runs it but the language itself: its files, its packages, the
 * langpack's programs, and `bin/pipe`, which serves it by the pipe.
 * @param langpack - undefined for a project that brings its own `bin/pipe`
 * @throws RunyardError `project_setup_failed` when its packages cannot be gathered
 */
export async function archiveProject(
  described: DescribedProject,
  langpack: Langpack | undefined,
  path: string,
  context: DescribeContext,
): Promise<Archive> {
  const packed = langpack ? await langpack.pack(described, context) : undefined;
  try {
    const files = await gather(described, langpack, packed, relative(described.project.dir, path));
    return await write(path, files);
  } finally {
    await packed?.discard();
  }
}

async function gather(
  described: DescribedProject,
  langpack: Langpack | undefined,
  packed: PackedProject | undefined,
  target: string,
): Promise<Map<string, ArchiveFile>> {
  const { project, algorithms } = described;
  const files = new Map<string, ArchiveFile>();
  const ignore = [...(langpack?.manifest.ignore ?? []), ...(packed?.leaveOut ?? [])];
  const add = (found: ArchiveFile[]): void => found.forEach((file) => files.set(file.name, file));
  add(await listFiles(project.dir, '', ignore));
  files.delete(target);
  if (langpack && packed) {
    add(await listFiles(langpack.dir, LANGPACK_FOLDER, TEMPLATES));
    for (const { from, to } of packed.files) {
      add(await listFiles(from, to, to === LANGPACK_FOLDER ? TEMPLATES : []));
    }
    const launcher = createLauncher(packed, project, langpack);
    files.set('bin/pipe', { name: 'bin/pipe', content: launcher, mode: 0o755 });
  }
  const manifest: ArchiveManifest = {
    runyard: 1,
    kind: project.kind,
    name: project.name,
    protocol: described.launch.protocol ?? 2,
    algorithms,
  };
  const content = `${JSON.stringify(manifest, undefined, 2)}\n`;
  files.set(ARCHIVE_MANIFEST, { name: ARCHIVE_MANIFEST, content, mode: 0o644 });
  return files;
}

/** The archive appears whole or not at all. */
async function write(path: string, files: ReadonlyMap<string, ArchiveFile>): Promise<Archive> {
  const zip = new ZipFile();
  let bytes = 0;
  for (const file of [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const options = { mtime: MODIFIED, mode: 0o100_000 | file.mode };
    if (file.content !== undefined) zip.addBuffer(Buffer.from(file.content), file.name, options);
    else if (file.path !== undefined) zip.addFile(file.path, file.name, options);
    bytes += file.size ?? Buffer.byteLength(file.content ?? '');
  }
  zip.end();
  const temporary = `${path}.${process.pid}`;
  try {
    await pipeline(zip.outputStream, createWriteStream(temporary));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return { path, files: files.size, bytes };
}
