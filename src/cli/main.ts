#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { CliContext } from './context.js';
import { EXIT } from './exit-code.js';
import { runProgram } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runProgram(process.argv.slice(2), createContext());
// Servers have been closed by now; a handle somebody forgot must not keep the command alive.
process.exit();

/** The process as commands see it: the first signal asks, the second forces, the third ends without asking. */
function createContext(): CliContext {
  const interrupted = new AbortController();
  let force: () => void = () => undefined;
  const forced = new Promise<void>((resolve) => (force = resolve));
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals === 1) interrupted.abort();
    else if (signals === 2) force();
    else process.exit(EXIT.interrupted);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // `runyard tasks | head` closes the pipe early: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
  );
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    version,
    interrupted: interrupted.signal,
    forced,
  };
}
