import { Command, CommanderError } from 'commander';
import { describeError, getCatalogueEntry, RunyardError } from '../errors/index.js';
import { algorithmsCommand } from './commands/algorithms.js';
import { buildCommand } from './commands/build.js';
import { controllerCommand } from './commands/controller.js';
import { deadCommand } from './commands/dead.js';
import { dockerfileCommand } from './commands/dockerfile.js';
import { discoveryCommand } from './commands/discovery.js';
import { gatewayCommand } from './commands/gateway.js';
import { keyCommand } from './commands/key.js';
import { langserverCommand } from './commands/langserver.js';
import { newCommand } from './commands/new.js';
import { runCommand } from './commands/run.js';
import { runnerCommand } from './commands/runner.js';
import { schemasCommand } from './commands/schemas.js';
import { submitCommand } from './commands/submit.js';
import { tasksCommand } from './commands/tasks.js';
import { testCommand } from './commands/test.js';
import { upCommand } from './commands/up.js';
import type { CommandHost } from './command-host.js';
import type { CliContext } from './context.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { Terminal } from './terminal.js';

/** Runs one command line and gives its exit code. Never rejects. */
export async function runProgram(args: readonly string[], context: CliContext): Promise<number> {
  const terminal = new Terminal(context);
  let code: number = EXIT.ok;
  const program = createProgram({ context, terminal, exit: (value) => (code = value) });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) tellError(terminal, error);
    return exitCodeOf(error);
  }
}

function createProgram(host: CommandHost): Command {
  const { context } = host;
  const program = new Command('runyard')
    .description('Plug an algorithm in, it is ready to play.')
    .version(context.version)
    .exitOverride()
    .showHelpAfterError('(--help shows the arguments and an example)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  const groups: [string, ((host: CommandHost) => Command)[]][] = [
    ['Run it:', [upCommand]],
    ['Use it:', [runCommand, submitCommand, tasksCommand, deadCommand, algorithmsCommand, schemasCommand]],
    ['Write algorithms:', [newCommand, testCommand, buildCommand, dockerfileCommand]],
    [
      'Parts on their own:',
      [discoveryCommand, runnerCommand, controllerCommand, gatewayCommand, langserverCommand],
    ],
    ['Manage:', [keyCommand]],
  ];
  for (const [group, commands] of groups) {
    program.commandsGroup(group);
    for (const create of commands) program.addCommand(create(host).copyInheritedSettings(program));
  }
  return program;
}

/** One line that says what is wrong, one that says what to do. */
function tellError(terminal: Terminal, error: unknown): void {
  const { colors } = terminal;
  if (!(error instanceof RunyardError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.note(`${colors.red('error')} ${text}`);
    return;
  }
  terminal.note(`${colors.red('error')} ${describeError(error)}`);
  terminal.note(colors.dim(`${error.code}: ${getCatalogueEntry(error.code).help}`));
}
