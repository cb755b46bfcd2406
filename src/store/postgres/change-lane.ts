import { OutcomeUnknown, runBatch } from './batch.js';
import type { ChangeKind } from './change-kind.js';
import { classifyFailure, createUnavailableError } from './postgres-failure.js';
import type { PostgresServer } from './postgres-server.js';
import type { TaskMark } from './task-mark.js';

export interface ChangeLaneOptions {
  server: PostgresServer;
  /** Which of the rows of each count this lane adds to. */
  slot: number;
  /** Changes that are kept, to be told to whoever follows their tasks. */
  onKept: (marks: readonly TaskMark[]) => void;
}

interface Change {
  kind: ChangeKind<unknown, unknown, unknown[]>;
  /** The task it is of, as it is kept. */
  id: string;
  input: unknown;
  /** About how much travels with it. */
  bytes: number;
  resolve: (output: unknown) => void;
  reject: (error: unknown) => void;
}

const MAX_CHANGES = 1000;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** Of more changes than these, each costs less when the next batch waits for the disk meanwhile, and gathers more of them. */
const MAX_FORGETTABLE = 4;
/** Of a batch that met another transaction, which was preferred. */
const MAX_CONFLICTS = 10;

/**
 * Changes in the order they were asked for: what comes while a batch is under way goes into the next one. A batch is one
 * transaction with one statement for each kind of change. It holds each task once, so that it does not matter which
 * statement runs first; a second change of the same task waits for the next batch.
 */
export class ChangeLane {
  readonly #options: ChangeLaneOptions;
  #waiting: Change[] = [];
  #running: Promise<void> | undefined;

  constructor(options: ChangeLaneOptions) {
    this.#options = options;
  }

  submit<Input, Output, Row extends unknown[]>(
    kind: ChangeKind<Input, Output, Row>,
    id: string,
    input: Input,
    bytes = 0,
  ): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const change = { kind, id, input, bytes, resolve, reject };
      this.#waiting.push(change as unknown as Change);
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything that was asked for is settled. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // What else is asked for in this turn of the event loop goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#keep(this.#take());
    this.#running = undefined;
  }

  #take(): Change[] {
    const taken: Change[] = [];
    const later: Change[] = [];
    const ids = new Set<string>();
    let bytes = 0;
    for (const [index, change] of this.#waiting.entries()) {
      if (taken.length === MAX_CHANGES || (taken.length > 0 && bytes + change.bytes > MAX_BATCH_BYTES)) {
        later.push(...this.#waiting.slice(index));
        break;
      }
      if (ids.has(change.id)) {
        later.push(change);
        continue;
      }
      ids.add(change.id);
      taken.push(change);
      bytes += change.bytes;
    }
    this.#waiting = later;
    return taken;
  }

  /** Of a batch that holds something the database cannot keep, the halves are tried, down to that one change. */
  async #keep(batch: readonly Change[]): Promise<void> {
    try {
      await this.#keepOrThrow(batch);
    } catch (error) {
      if (batch.length > 1 && classifyFailure(error) === 'data') {
        const middle = batch.length >> 1;
        await this.#keep(batch.slice(0, middle));
        return this.#keep(batch.slice(middle));
      }
      const isCertain = !(error instanceof OutcomeUnknown);
      const reason = createUnavailableError(
        isCertain ? error : error.cause,
        this.#options.server.name,
        isCertain,
      );
      for (const change of batch) change.reject(reason);
    }
  }

  async #keepOrThrow(batch: readonly Change[]): Promise<void> {
    for (let conflicts = 0, losses = 0; ;) {
      try {
        return await this.#keepOnce(batch);
      } catch (error) {
        if (error instanceof OutcomeUnknown) throw error;
        const kind = classifyFailure(error);
        const isWorthAnother =
          (kind === 'conflict' && ++conflicts <= MAX_CONFLICTS) ||
          // A server that has just come back may have ended this connection while it was idle.
          (kind === 'lost' && ++losses <= 1);
        if (!isWorthAnother) throw error;
      }
    }
  }

  async #keepOnce(batch: readonly Change[]): Promise<void> {
    const { server, slot, onKept } = this.#options;
    const groups = groupByKind(batch).map(([kind, changes]) => {
      const inputs = changes.map(({ input }) => input);
      return { kind, changes, inputs, values: kind.encode(inputs, slot) };
    });
    const isForgettable =
      batch.length <= MAX_FORGETTABLE && groups.every(({ kind }) => kind.isForgettable === true);
    const results = await runBatch(
      server,
      groups.map(({ kind, values }) => [kind.statement, values]),
      { isForgettable },
    );
    const marks: TaskMark[] = [];
    const outputs = groups.map(({ kind, inputs }, index) => kind.decode(results[index] ?? [], inputs, marks));
    onKept(marks);
    for (const [group, { changes }] of groups.entries())
      for (const [index, change] of changes.entries()) change.resolve(outputs[group]?.[index]);
  }
}

function groupByKind(batch: readonly Change[]): [Change['kind'], Change[]][] {
  const groups = new Map<Change['kind'], Change[]>();
  for (const change of batch) {
    const group = groups.get(change.kind);
    if (group) group.push(change);
    else groups.set(change.kind, [change]);
  }
  return [...groups];
}
