import { fileURLToPath } from 'node:url';
import { ProgramProcess } from '../program-process.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What the original programs are configured by; it may be set on the machine for reasons of its own. */
const ORIGINAL_NAMES = [
  'CONTAINER_NAME',
  'PORT',
  'LOG_LEVEL',
  'RABBITMQ_HOST',
  'QUEUE_NAME',
  'RUNNER_DISCOVERY_CONTAINER_NAME',
  'RUNNER_DISCOVERY_PORT',
  'RUNNER_HOST',
  'RUNNER_PORT',
];

function withoutOriginalNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ORIGINAL_NAMES.includes(name)));
}

/** A `runyard` command in a process of its own, as a user starts it. */
export class CliProcess extends ProgramProcess {
  constructor(
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; prefix?: readonly string[] } = {},
  ) {
    super([...(options.prefix ?? []), process.execPath, main, ...args], {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      env: { ...withoutOriginalNames(process.env), NO_COLOR: '1', ...options.env },
    });
  }
}

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const cli = new CliProcess(args, options);
  cli.child.stdin?.end(options.input ?? '');
  const code = await cli.ended();
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}
