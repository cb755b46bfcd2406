import { RunyardError } from '../errors/index.js';

/** Deeper input is refused: nothing real needs it, and recursive code (schemas, JSON) would run out of stack. */
export const MAX_DEPTH = 200;

/** True when objects and arrays are nested in each other more than `maxDepth` times. A cycle counts as too deep. */
export function isDeeperThan(value: unknown, maxDepth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (isDeeperThan(item, maxDepth - 1)) return true;
    return false;
  }
  for (const key in value) {
    if (isDeeperThan((value as Record<string, unknown>)[key], maxDepth - 1)) return true;
  }
  return false;
}

/** @throws RunyardError `invalid_input` when the value is nested too deep. */
export function assertDepth(value: unknown, maxDepth = MAX_DEPTH): void {
  if (!isDeeperThan(value, maxDepth)) return;
  const errors = [{ path: '', message: describeTooDeep(maxDepth) }];
  throw new RunyardError('invalid_input', `input: ${describeTooDeep(maxDepth)}`, { errors });
}

export function describeTooDeep(maxDepth: number): string {
  return `expected at most ${maxDepth} levels of objects and arrays, got more`;
}
