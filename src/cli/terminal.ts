import Table from 'cli-table3';
import ora from 'ora';
import { createColors } from 'picocolors';
import type { CliContext } from './context.js';

const BORDERS = ['top', 'bottom', 'left', 'right'].flatMap((side) => [
  side,
  `${side}-mid`,
  `${side}-left`,
  `${side}-right`,
]);
const NO_BORDERS = Object.fromEntries(
  [...BORDERS, 'mid', 'mid-mid', 'left-mid', 'right-mid'].map((part) => [part, '']),
);

/** Prints for people: colours and spinners only on a terminal, tables aligned. */
export class Terminal {
  readonly colors: ReturnType<typeof createColors>;
  readonly #context: CliContext;

  constructor(context: CliContext) {
    this.#context = context;
    const wanted = context.env['FORCE_COLOR'] !== undefined && context.env['FORCE_COLOR'] !== '0';
    this.colors = createColors(
      wanted || (context.stdout.isTTY === true && context.env['NO_COLOR'] === undefined),
    );
  }

  get isInteractive(): boolean {
    return this.#context.stderr.isTTY === true;
  }

  /** A line on standard output. */
  print(line = ''): void {
    this.#context.stdout.write(`${line}\n`);
  }

  /** A JSON document on standard output, for programs. */
  printJson(value: unknown): void {
    this.#context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A line on standard error. */
  note(line = ''): void {
    this.#context.stderr.write(`${line}\n`);
  }

  /** Rows under a heading, aligned and without borders. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const table = new Table({
      chars: { ...NO_BORDERS, middle: '  ' },
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    table.push(
      head.map((cell) => this.colors.dim(cell)),
      ...rows.map((row) => [...row]),
    );
    this.print(table.toString().replace(/[ \t]+$/gm, ''));
  }

  /** Shows that something long goes on; silent when standard error is no terminal. */
  async spin<T>(text: string, work: (update: (text: string) => void) => Promise<T>): Promise<T> {
    const spinner = ora({
      text,
      stream: this.#context.stderr as NodeJS.WriteStream,
      isEnabled: this.isInteractive,
      isSilent: !this.isInteractive,
      discardStdin: false,
    }).start();
    try {
      return await work((next) => (spinner.text = next));
    } finally {
      spinner.stop();
    }
  }
}

/** `3 s ago`, `2 min ago`: for people who look at a list. */
export function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** Cuts a text to one line of a table. */
export function oneLine(text: string, length: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
