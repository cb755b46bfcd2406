import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let python: string | undefined;

/** A Python that can import what the original programs import; it is installed when that can be done. */
export function findPython(): string {
  const script = fileURLToPath(new URL('../../scripts/prerequisites.mjs', import.meta.url));
  python ??= execFileSync(process.execPath, [script, 'originals'], { stdio: ['ignore', 'pipe', 'inherit'] })
    .toString()
    .trim();
  return python;
}
