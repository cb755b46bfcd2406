import { RunyardError } from '../errors/index.js';
import { PIPE_READY, type AlgorithmLimits, type Descriptor, type PipeReady } from '../protocol/index.js';

/** What a child said of itself when it became ready, checked. */
export interface Ready {
  algorithms: ({ name: string; limits?: AlgorithmLimits } & Partial<Descriptor>)[];
  concurrency: number;
  isPlain: boolean;
}

/** @throws RunyardError `project_setup_failed` when it is no ready message of this version of the protocol. */
export function parseReady(text: string): Ready {
  const value = parseObject(text);
  if (value?.protocol !== 2) {
    const got = text === '' ? 'nothing' : text.slice(0, 200);
    throw new RunyardError(
      'project_setup_failed',
      `The process said ${PIPE_READY} and then ${got}; expected {"protocol":2,"algorithms":[...],"concurrency":1}`,
    );
  }
  const { algorithms, concurrency, answers } = value;
  return {
    algorithms: Array.isArray(algorithms) ? algorithms.filter((one) => typeof one?.name === 'string') : [],
    concurrency: Math.max(1, Math.floor(Number(concurrency)) || 1),
    isPlain: answers === 'plain',
  };
}

function parseObject(text: string): Partial<PipeReady> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // No JSON: the caller says so, with the text.
    return undefined;
  }
}
