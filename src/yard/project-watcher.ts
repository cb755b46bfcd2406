import { sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

const IGNORED = new Set([
  'node_modules',
  '.git',
  '.runyard',
  '.venv',
  'venv',
  '__pycache__',
  '.mypy_cache',
  '.pytest_cache',
  'dist',
  'target',
]);

export interface ProjectWatcherOptions {
  dirs: readonly string[];
  /** Quiet time after the last change before it is told, in milliseconds. @default 120 */
  settleMs?: number;
  /** Absolute paths that changed since the last call. */
  onChange: (paths: readonly string[]) => void;
}

/** Tells of changed files below some folders, gathered: an editor's save is several events. */
export class ProjectWatcher {
  readonly #watcher: FSWatcher;
  readonly #changed = new Set<string>();
  readonly #settleMs: number;
  readonly #onChange: (paths: readonly string[]) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProjectWatcherOptions) {
    this.#settleMs = options.settleMs ?? 120;
    this.#onChange = options.onChange;
    const roots = options.dirs.map((dir) => `${dir}${sep}`);
    this.#watcher = watch([...options.dirs], {
      ignoreInitial: true,
      ignored: (path) => isIgnored(path, roots),
      depth: 8,
    });
    // A folder that cannot be read is no reason to stop watching the others.
    this.#watcher.on('error', () => undefined);
    this.#watcher.on('all', (_event, path) => this.#note(path));
  }

  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.#watcher.once('ready', resolve));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#watcher.close();
  }

  #note(path: string): void {
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), this.#settleMs);
  }

  #tell(): void {
    const paths = [...this.#changed];
    this.#changed.clear();
    this.#onChange(paths);
  }
}

function isIgnored(path: string, roots: readonly string[]): boolean {
  const root = roots.find((one) => path.startsWith(one));
  if (root === undefined) return false;
  return path
    .slice(root.length)
    .split(sep)
    .some((part) => IGNORED.has(part) || (part.startsWith('.') && part !== '.'));
}
