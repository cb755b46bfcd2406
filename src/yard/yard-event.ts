import type { RunyardError } from '../errors/index.js';
import type { Descriptor } from '../protocol/index.js';

/** A project that is up, as people want to see it. */
export interface ProjectStatus {
  name: string;
  dir: string;
  language: string;
  /** Address of its runner. */
  address: string;
  algorithms: readonly Descriptor[];
}

/** What happens to projects while the yard runs; the command line prints it. */
export type YardEvent =
  | { type: 'progress'; project: string; line: string }
  | { type: 'ready'; project: ProjectStatus }
  | { type: 'updated'; project: ProjectStatus }
  | { type: 'removed'; name: string }
  /** `kept` is true when an earlier good version goes on running. */
  | { type: 'problem'; name: string; error: RunyardError; kept: boolean };
