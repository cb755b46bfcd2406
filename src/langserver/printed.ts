import type { LogLine } from '../protocol/index.js';

/** What processes printed, as text with a line end behind each line. */
export interface Printed {
  /** Both streams, in the order they were read. */
  stdout: string;
  stderr: string;
}

export function joinLines(lines: readonly LogLine[]): Printed {
  const join = (some: readonly LogLine[]): string => some.map(({ line }) => `${line}\n`).join('');
  return { stdout: join(lines), stderr: join(lines.filter(({ stream }) => stream === 'stderr')) };
}

/** Lines printed while nothing ran: they go with the next thing that is told. Bounded; the oldest go first. */
export class IdleLines {
  readonly #maxLines: number;
  #lines: LogLine[] = [];

  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  readonly add = (line: LogLine): void => {
    this.#lines.push(line);
    if (this.#lines.length >= this.#maxLines * 2) this.#lines = this.#lines.slice(-this.#maxLines);
  };

  take(): LogLine[] {
    const lines = this.#lines.slice(-this.#maxLines);
    this.#lines = [];
    return lines;
  }
}
