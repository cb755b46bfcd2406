import type { Descriptor } from '../protocol/index.js';
import type { LangpackManifest } from './manifest.js';

/**
 * - `adapter`: typed functions in an adapter file.
 * - `classic`: one `apply` that takes anything, behind version 1 of the pipe.
 */
export type ProjectKind = 'adapter' | 'classic';

/** A project folder, as found and before it is described. */
export interface Project {
  kind: ProjectKind;
  /** Absolute path. */
  dir: string;
  /** The folder's name unless its runyard.yaml says otherwise; a runner's name and part of its id. */
  name: string;
  /** The langpack's folder name, e.g. `python`. */
  language: string;
  /** Absolute path of the adapter file; of a classic project its `bin/pipe` or its source. */
  adapter: string;
}

/** How to start one child that serves a described project. */
export interface LaunchCommand {
  command: string;
  args: string[];
  cwd: string;
  /** Added to the allowed environment. */
  env: Record<string, string>;
  /** Version of the pipe protocol the child speaks. @default 2 */
  protocol?: 1 | 2;
}

/** Everything needed to run a project, at one content of its files. */
export interface DescribedProject {
  project: Project;
  algorithms: Descriptor[];
  launch: LaunchCommand;
  /** Absolute paths whose change makes this description stale (files, and folders for languages that cannot tell). */
  sources: string[];
  /** Changes exactly when a running child would have to be replaced. */
  fingerprint: string;
}

export interface DescribeContext {
  /** Lines of progress a person would want to see ("installing requirements.txt"). */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
  /** The environment children may see (allow-list already applied). */
  env: Record<string, string>;
  /** All of the machine's: langpacks name what their tools need of it, and children see none of that. */
  machineEnv?: Readonly<Record<string, string | undefined>>;
  /** Install a language that is missing, where that is possible. @default true */
  installToolchains?: boolean;
}

/** Gets projects ready to run. */
export interface ProjectReader {
  /** Installs the project's own dependencies when they are missing or changed. */
  setup(project: Project, context: DescribeContext): Promise<void>;
  /**
   * Finds algorithms and their schemas without running any of them.
   * @throws RunyardError `project_invalid` naming file, function and argument; `interpreter_missing`.
   */
  describe(project: Project, context: DescribeContext): Promise<DescribedProject>;
}

/** What goes into an archive next to a project's own files. */
export interface PackedProject {
  /** Files and folders of this machine, and their names in the archive. */
  files: { from: string; to: string }[];
  /** How the project is launched, with paths of this machine: they become places in the archive. */
  launch: LaunchCommand;
  /** Names at the top of the project that stay out of the archive. */
  leaveOut?: string[];
  /** Removes what was made only for the archive. */
  discard(): Promise<void>;
}

/** What Runyard knows about one language: a folder under langpacks/. */
export interface Langpack extends ProjectReader {
  language: string;
  /** Absolute path of its folder. */
  dir: string;
  manifest: LangpackManifest;
  /** Gathers what runs a described project elsewhere, but for the language itself. @throws RunyardError `project_setup_failed` */
  pack(described: DescribedProject, context: DescribeContext): Promise<PackedProject>;
}
