import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of an archive: on disk, or made for it. */
export interface ArchiveFile {
  /** In the archive, with `/`. */
  name: string;
  path?: string;
  content?: string;
  /** Permissions. */
  mode: number;
  size?: number;
}

export interface ListOptions {
  /** Names at the top that stay out. */
  ignore?: readonly string[];
  /** Hidden files stay out, at every depth but in packages: they hold what is nobody else's, such as keys. */
  leaveHidden?: boolean;
}

/** What tools leave behind, and archives of before. */
const LEFT_OUT = new Set(['__pycache__', 'venv', 'algorithm.zip']);
const PACKAGES = 'node_modules';

/**
 * A file, or all files of a folder and those below it, links followed.
 * @param to - its name in the archive; empty for the archive's root
 * @throws what reading them throws: an archive that lacks a file is none
 */
export async function listFiles(
  from: string,
  to: string,
  { ignore = [], leaveHidden = false }: ListOptions = {},
): Promise<ArchiveFile[]> {
  const found: ArchiveFile[] = [];
  const isLeftOut = (name: string, isTop: boolean, isInPackages: boolean): boolean =>
    LEFT_OUT.has(name) ||
    (isTop && ignore.includes(name)) ||
    (leaveHidden && name.startsWith('.') && !isInPackages);
  const visit = async (path: string, name: string, above: readonly string[]): Promise<void> => {
    const entry = await stat(path).catch(ignoreDeadLink);
    if (entry?.isFile()) found.push({ name, path, mode: entry.mode & 0o777, size: entry.size });
    if (!entry?.isDirectory()) return;
    const real = await realpath(path);
    // A link to a folder around it has no end.
    if (above.includes(real)) return;
    const isInPackages = name.split('/').includes(PACKAGES);
    for (const inner of await readdir(path)) {
      if (isLeftOut(inner, above.length === 0, isInPackages)) continue;
      await visit(join(path, inner), name === '' ? inner : `${name}/${inner}`, [...above, real]);
    }
  };
  await visit(from, to, []);
  return found;
}

/** A link that leads nowhere is nothing to pack. */
function ignoreDeadLink(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ELOOP') throw error;
}
