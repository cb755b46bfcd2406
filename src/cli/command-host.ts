import type { CliContext } from './context.js';
import type { Terminal } from './terminal.js';

/** A command gets the context and its terminal, and says how it ended. */
export interface CommandHost {
  context: CliContext;
  terminal: Terminal;
  /** Sets the exit code of the whole program. */
  exit: (code: number) => void;
}
