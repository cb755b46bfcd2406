import type { Descriptor } from '../../protocol/index.js';

/** An algorithm and how to call the function behind it: what the pipe program is told. */
export interface AlgorithmDescription extends Omit<Descriptor, 'limits'> {
  /** Name under which the module exports the function. */
  export: string;
  /** Arguments in the order the function takes them. */
  parameters: string[];
  /** The function takes its arguments as one object: `({ a, b }) => ...`. */
  object: boolean;
  /** The function takes `ctx` last. */
  context: boolean;
  /** The function returns a promise, or streams asynchronously. */
  async: boolean;
}

/** A place in a source file. Lines and columns count from 1. */
export interface SourcePlace {
  /** Relative to the project's folder. */
  file: string;
  line: number;
  column: number;
}

/** One reason why a project cannot be described. */
export interface DescriptionProblem {
  place?: SourcePlace;
  /** Whose fault it is, e.g. `run_ocr, argument image_url`. */
  subject?: string;
  message: string;
}

/** What the adapter's `limits` says, not yet checked. */
export interface StaticLimits {
  value: unknown;
  place: SourcePlace;
}

export interface DescribeJob {
  /** Absolute path of the project. */
  dir: string;
  /** Absolute path of the adapter file. */
  adapter: string;
  language: string;
  /** Absolute path of a folder for what is made. */
  buildDir: string;
  /** Absolute path of the runyard package. */
  packageRoot: string;
  /** Absolute path of the module behind `runyard/fetch`: a `.ts` in the source tree, a `.js` in the compiled one. */
  fetchModule: string;
  /** For an archive: nothing in the bundle is to depend on where the project and Runyard are on this machine. */
  standalone?: boolean;
}

export interface Description {
  algorithms: AlgorithmDescription[];
  limits?: StaticLimits;
  /** File name of the bundle in the build folder; it holds the hash of its content. */
  bundle: string;
  /** Absolute paths of everything of the project's own that went in. */
  sources: string[];
  /** Absolute paths of files of packages that went in, declarations among them. */
  libraries: string[];
}

export type DescribeAnswer =
  { ok: true; description: Description } | { ok: false; problems: DescriptionProblem[] };
