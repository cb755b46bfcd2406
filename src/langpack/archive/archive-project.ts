import { relative } from 'node:path';
import type { DescribeContext, DescribedProject, Langpack, PackedProject } from '../langpack.js';
import { createLauncher, LANGPACK_FOLDER } from './launcher.js';
import { listFiles, type ArchiveFile } from './list-files.js';
import { writeFolder, writeZip, type Archive } from './write-archive.js';
import { ARCHIVE_MANIFEST, type ArchiveManifest } from './archive-manifest.js';

/** Of a langpack what runs projects: its templates make new ones. */
const PROGRAMS = { ignore: ['template', 'classic'], leaveHidden: true };
export interface ArchiveTarget {
  path: string;
  /** A folder with the files instead of a zip of them. @default false */
  unpacked?: boolean;
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
  { path, unpacked = false }: ArchiveTarget,
  context: DescribeContext,
): Promise<Archive> {
  const packed = langpack ? await langpack.pack(described, context) : undefined;
  try {
    const files = await gather(described, langpack, packed, relative(described.project.dir, path));
    return await (unpacked ? writeFolder(path, files) : writeZip(path, files));
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
  add(await listFiles(project.dir, '', { ignore, leaveHidden: true }));
  for (const name of files.keys()) if (name === target || name.startsWith(`${target}/`)) files.delete(name);
  if (langpack && packed) {
    add(await listFiles(langpack.dir, LANGPACK_FOLDER, PROGRAMS));
    for (const { from, to } of packed.files) {
      add(await listFiles(from, to, to === LANGPACK_FOLDER ? PROGRAMS : {}));
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
