import type { AlgorithmLimits, Descriptor, FieldError } from '../protocol/index.js';
import { compileInput, type InputValidator } from '../validation/index.js';

/** Requests are sent ahead to a busy child only as far as they will wait this long for their turn there. */
const AHEAD_MS = 5;
const MAX_DEPTH = 32;
/** Weight of the newest run in the moving average. */
const ALPHA = 1 / 8;
/** One run of a minute must not hide for long that the others take none. */
const MAX_SAMPLE_MS = 100;
/** Runs without a printed line before requests are sent ahead again. */
const QUIET_RUNS = 100;

/** One algorithm in a pool: its descriptor, its form on the wire, and what is known of its running time. */
export class Algorithm {
  readonly descriptor: Descriptor;
  /** Jobs that a child is working on now. */
  running = 0;
  readonly #validate: InputValidator;
  /** Start of each request on the wire, after its id. */
  readonly #wirePrefix: string;
  readonly #wireBatchPrefix: string;
  #averageMs: number | undefined;
  #depth = 1;
  #quietRuns = QUIET_RUNS;

  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
    this.#validate = compileInput(descriptor.input);
    const name = JSON.stringify(descriptor.name);
    this.#wirePrefix = `","algorithm":${name},"args":`;
    this.#wireBatchPrefix = `","algorithm":${name},"batch":[`;
  }

  get name(): string {
    return this.descriptor.name;
  }

  get limits(): AlgorithmLimits {
    return this.descriptor.limits;
  }

  /** What is wrong with the arguments; undefined when nothing is. */
  validate(args: unknown): FieldError[] | undefined {
    return this.#validate(args);
  }

  /** Time one run takes in a process, in milliseconds, as far as it is known. */
  get averageMs(): number {
    return this.#averageMs ?? MAX_SAMPLE_MS;
  }

  /** Requests one child may be given at the same time, the running ones included, as far as running time goes. */
  get depth(): number {
    return this.isNoisy ? 1 : this.#depth;
  }

  /**
   * It prints while it runs. What a child prints belongs to the request it is working on, which the parent knows for sure
   * only while it has given it no other: such an algorithm gets its requests one by one.
   */
  get isNoisy(): boolean {
    return this.#quietRuns < QUIET_RUNS;
  }

  printed(): void {
    this.#quietRuns = 0;
  }

  /** Learns from a run; true when the depth changed. */
  learn(durationMs: number): boolean {
    this.#quietRuns += 1;
    const sample = Math.min(durationMs, MAX_SAMPLE_MS);
    this.#averageMs =
      this.#averageMs === undefined ? sample : this.#averageMs + ALPHA * (sample - this.#averageMs);
    const fitting = AHEAD_MS / Math.max(this.#averageMs, 0.001);
    // Powers of two, and down only when far off: capacity is announced to others and must not flutter.
    const before = this.#depth;
    if (fitting > this.#depth) this.#depth = Math.min(MAX_DEPTH, this.#depth * 2);
    else if (fitting < this.#depth / 4) this.#depth = Math.max(1, this.#depth / 2);
    return this.#depth !== before;
  }

  /** One request as a line for a child. */
  encode(id: string, argsJson: string, depth: number): string {
    return `{"id":"${id}${this.#wirePrefix}${argsJson}${depth > 0 ? `,"depth":${depth}` : ''}}\n`;
  }

  encodeBatch(id: string, argsJsons: readonly string[]): string {
    return `{"id":"${id}${this.#wireBatchPrefix}${argsJsons.join(',')}]}\n`;
  }
}
