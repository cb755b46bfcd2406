/**
 * How much of the machine a project's processes may touch.
 * - `none`: whatever the user may whom the yard runs as.
 * - `process`: the same, within bounds of memory and number of processes.
 * - `namespace`: within these bounds, with its own project to read, a `/tmp` of its own to write to, and no network.
 */
export type SandboxLevel = 'none' | 'process' | 'namespace';

export interface SandboxOptions {
  level: SandboxLevel;
  /** With `namespace`: it may use the network. */
  network: boolean;
  /** Memory of one child with all it starts; 0: no bound. */
  memoryBytes: number;
  /** Processes and threads of one child with all it starts; 0: no bound. */
  maxProcesses: number;
  /** With `namespace`: size of its `/tmp`, which is in memory. */
  tmpBytes: number;
  /** With `namespace`: further paths it may read, and write to. Absolute. */
  readable: readonly string[];
  writable: readonly string[];
}

/** Bounds of one child. */
export type Bounds = Pick<SandboxOptions, 'memoryBytes' | 'maxProcesses'>;
