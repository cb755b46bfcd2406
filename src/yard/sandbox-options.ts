import type { ProjectSettings, Settings } from '../config/index.js';
import type { SandboxLevel, SandboxOptions } from '../host/index.js';

const STRICTNESS: readonly SandboxLevel[] = ['none', 'process', 'namespace'];

type Given = ProjectSettings['sandbox'];

/**
 * The sandbox of one project. The yard's owner decides; what a project's own file says counts for a yard that says nothing,
 * and elsewhere only as far as it asks for more of a sandbox.
 * @param own - from the project's own runyard.yaml
 * @param given - from `projects.<name>` of the yard
 */
export function resolveSandbox(
  yard: Settings['sandbox'],
  own: Given = {},
  given: Given = {},
): SandboxOptions {
  const base = yard.level === 'none' ? { ...yard, ...own } : strengthen(yard, own);
  return { ...base, ...given };
}

function strengthen(yard: Settings['sandbox'], own: NonNullable<Given>): SandboxOptions {
  const level = STRICTNESS[Math.max(STRICTNESS.indexOf(yard.level), STRICTNESS.indexOf(own.level ?? 'none'))];
  return {
    ...yard,
    level: level ?? yard.level,
    network: yard.network && own.network !== false,
    memoryBytes: lesser(yard.memoryBytes, own.memoryBytes),
    maxProcesses: lesser(yard.maxProcesses, own.maxProcesses),
    tmpBytes: Math.min(yard.tmpBytes, own.tmpBytes ?? yard.tmpBytes),
  };
}

/** Of two bounds, where 0 is none. */
function lesser(one: number, other = 0): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}
