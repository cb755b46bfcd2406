import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../config/index.js';
import { describeError, RunyardError } from '../errors/index.js';
import type { RunOutcome } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import { findNamedProject } from './named-project.js';
import { startHost } from './start-host.js';

/** One case of a tests.json: what is called, and the result or the error it must give. */
export interface ProjectTestCase {
  algorithm: string;
  args?: Record<string, unknown>;
  result?: unknown;
  /** Code of the error it must end with, such as `invalid_input`, or the exception's type name. */
  error?: string;
}

export interface ProjectTestResult {
  title: string;
  passed: boolean;
  /** What was expected and what came. */
  message?: string;
}

export interface TestProjectOptions {
  dir: string;
  settings: Settings;
  env: Readonly<Record<string, string | undefined>>;
  logger: Logger;
  onProgress?: (line: string) => void;
}

/** Runs each case of `<dir>/tests.json` in the project's own processes. @throws RunyardError when it cannot be brought up */
export async function testProject(options: TestProjectOptions): Promise<ProjectTestResult[]> {
  const project = await findNamedProject(options.dir, options.settings);
  const cases = await readCases(options.dir);
  const call = () =>
    Promise.resolve<RunOutcome>({
      ok: false,
      error: {
        class: 'busy',
        code: 'no_runner',
        message: 'there is no yard around a project under test to call',
      },
      logs: [],
      durationMs: 0,
    });
  const { host } = await startHost(project, { ...options, call });
  try {
    const results: ProjectTestResult[] = [];
    for (const [index, one] of cases.entries()) {
      const id = `test-${index + 1}`;
      results.push(judge(one, await host.run({ id, algorithm: one.algorithm, args: one.args ?? {} })));
    }
    return results;
  } finally {
    await host.close();
  }
}

async function readCases(dir: string): Promise<ProjectTestCase[]> {
  const path = join(dir, 'tests.json');
  try {
    const cases: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (!Array.isArray(cases) || !cases.every(isCase)) throw new Error('it is no list of cases');
    return cases;
  } catch (error) {
    throw new RunyardError(
      'project_invalid',
      `${path}: ${describeError(error)}; expected [{"algorithm": "hello", "args": {...}, "result": ...}, ...]`,
      { cause: error },
    );
  }
}

function isCase(value: unknown): value is ProjectTestCase {
  return (
    typeof value === 'object' && value !== null && typeof (value as ProjectTestCase).algorithm === 'string'
  );
}

function judge(one: ProjectTestCase, outcome: RunOutcome): ProjectTestResult {
  const title = `${one.algorithm} ${JSON.stringify(one.args ?? {})}`;
  const came = outcome.ok ? outcome.resultJson : `${outcome.error.code}: ${outcome.error.message}`;
  if (one.error !== undefined) {
    const passed = !outcome.ok && (outcome.error.code === one.error || outcome.error.errorType === one.error);
    return passed
      ? { title, passed }
      : { title, passed, message: `expected the error ${one.error}, came ${came}` };
  }
  const passed =
    outcome.ok && (!('result' in one) || isDeepStrictEqual(JSON.parse(outcome.resultJson), one.result));
  return passed
    ? { title, passed }
    : { title, passed, message: `expected ${JSON.stringify(one.result)}, came ${came}` };
}
