import type { Descriptor } from '../../protocol/index.js';
import type { AdapterProblem } from '../adapter-problem.js';

/** What `pipe.py --describe` answers. */
export interface PythonDescription {
  /** The interpreter itself, whatever it was started by. */
  executable: string;
  /** As `3.11.7`. */
  version: string;
  algorithms?: Descriptor[];
  /** Every algorithm, those that cannot be described too. */
  names?: Pick<Descriptor, 'name' | 'mode'>[];
  /** The adapter's `limits`, not checked yet. */
  limits?: unknown;
  /** Line of the adapter where they are. */
  limitsLine?: number;
  /** Absolute paths of the project's own modules. */
  files?: string[];
  error?: DescriptionError;
}

export type DescriptionError =
  | { kind: 'python_too_old' }
  | { kind: 'invalid'; problems: AdapterProblem[] }
  | { kind: 'import'; file: string; line: number | null; message: string; stacktrace: string };
