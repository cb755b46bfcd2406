import type { TaskState } from '../../protocol/index.js';

/** A task that has changed, and the state it came into where that is what changed. */
export interface TaskMark {
  id: string;
  state?: TaskState;
}
