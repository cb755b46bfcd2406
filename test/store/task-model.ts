import type { TaskError, TaskState } from '../../src/protocol/index.js';
import type { AttemptEnd } from '../../src/store/index.js';

/** What a task should look like, as far as its states go. */
export interface ModelTask {
  id: string;
  state: TaskState;
  attemptCount: number;
  crashCount: number;
  lostCount: number;
  cancelRequested: boolean;
  /** Codes of the errors of ended attempts, `ok` for a success, `open` for the one that runs. */
  attempts: string[];
  errorCode: string | undefined;
  token: string | undefined;
  owesCallback: boolean;
}

/** The states of tasks as protocol/task.ts and task-store.ts tell of them, in the simplest way that can be written. */
export class TaskModel {
  /** In order of arrival. */
  readonly tasks: ModelTask[] = [];

  find(id: string): ModelTask | undefined {
    return this.tasks.find((task) => task.id === id);
  }

  create(id: string): boolean {
    if (this.find(id)) return false;
    const counts = { attemptCount: 0, crashCount: 0, lostCount: 0 };
    this.tasks.push({
      ...{ id, state: 'waiting', ...counts, cancelRequested: false, attempts: [] },
      ...{ errorCode: undefined, token: undefined, owesCallback: false },
    });
    return true;
  }

  start(id: string, token: string): boolean {
    const task = this.find(id);
    if (task?.state === 'running') this.#lose(task);
    if (task?.state !== 'waiting') return false;
    Object.assign(task, { state: 'running', token, attemptCount: task.attemptCount + 1 });
    task.attempts.push('open');
    return true;
  }

  #lose(task: ModelTask): void {
    task.attempts.splice(-1, 1, 'attempt_lost');
    task.attemptCount -= 1;
    task.lostCount += 1;
    if (task.cancelRequested) this.#end(task, 'cancelled', 'cancelled');
    else Object.assign(task, { state: 'waiting', token: undefined });
  }

  end(id: string, end: AttemptEnd): boolean {
    const task = this.find(id);
    if (!task || task.token !== end.token) return false;
    const wantsAnother = end.outcome === 'retry' || end.outcome === 'released';
    if (end.outcome === 'released') {
      task.attempts.pop();
      task.attemptCount -= 1;
    } else {
      task.attempts.splice(-1, 1, end.outcome === 'succeeded' ? 'ok' : end.error.code);
      if (end.outcome !== 'succeeded') this.#count(task, end.error);
    }
    if (wantsAnother && task.cancelRequested) this.#end(task, 'cancelled', 'cancelled');
    else if (wantsAnother) Object.assign(task, { state: 'waiting', token: undefined });
    else this.#end(task, end.outcome, end.outcome === 'succeeded' ? undefined : end.error.code);
    return true;
  }

  #count(task: ModelTask, error: TaskError): void {
    const isLost = error.code === 'attempt_lost' || error.code === 'connection_lost';
    if (isLost) {
      task.lostCount += 1;
      task.attemptCount -= 1;
    } else if (error.class === 'crashed') task.crashCount += 1;
  }

  #end(task: ModelTask, state: TaskState, errorCode: string | undefined): void {
    Object.assign(task, { state, errorCode, token: undefined, cancelRequested: false, owesCallback: true });
  }

  cancel(id: string): TaskState | undefined {
    const task = this.find(id);
    if (task?.state === 'waiting') this.#end(task, 'cancelled', 'cancelled');
    if (task?.state === 'running') task.cancelRequested = true;
    return task?.state;
  }

  expire(id: string): boolean {
    const task = this.find(id);
    if (task?.state !== 'waiting') return false;
    this.#end(task, 'dead', 'expired');
    return true;
  }

  redrive(id: string): boolean {
    const task = this.find(id);
    if (task?.state !== 'dead' && task?.state !== 'cancelled') return false;
    const counts = { attemptCount: 0, crashCount: 0, lostCount: 0 };
    Object.assign(task, { state: 'waiting', ...counts, errorCode: undefined, owesCallback: false });
    return true;
  }

  /** Deletes all that ended. */
  prune(): number {
    const kept = this.tasks.filter(({ state }) => state === 'waiting' || state === 'running');
    const count = this.tasks.length - kept.length;
    this.tasks.splice(0, this.tasks.length, ...kept);
    return count;
  }
}
