import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

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

/** What no archive needs: hidden files, what tools leave behind, and archives of before. */
const LEFT_OUT = new Set(['__pycache__', 'venv', 'algorithm.zip']);

/**
 * A file, or all files of a folder and those below it, links followed; `ignore` names folders at its top.
 * @param to - the folder's name in the archive; empty for its root
 */
export async function listFiles(from: string, to: string, ignore: readonly string[]): Promise<ArchiveFile[]> {
  const found: ArchiveFile[] = [];
  const visit = async (path: string, name: string): Promise<void> => {
    // A link that leads nowhere is nothing to pack.
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isFile()) found.push({ name, path, mode: entry.mode & 0o777, size: entry.size });
    if (!entry?.isDirectory()) return;
    for (const inner of await readdir(path)) {
      const inside = name === '' ? inner : `${name}/${inner}`;
      const isTop = path === from;
      if (LEFT_OUT.has(inner) || (isTop && isLeftOut(inner, ignore))) continue;
      await visit(join(path, inner), inside);
    }
  };
  await visit(from, to === '' && !(await stat(from)).isDirectory() ? basename(from) : to);
  return found;
}

function isLeftOut(name: string, ignore: readonly string[]): boolean {
  return name.startsWith('.') || ignore.includes(name);
}
