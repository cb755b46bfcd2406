import { Command, Option } from 'commander';
import { createClient } from '../../client/index.js';
import type { RunEvent } from '../../protocol/index.js';
import { readJsonArgument } from '../json-argument.js';
import { flags, parseDuration } from '../options.js';
import type { CommandHost } from '../command-host.js';
import type { Terminal } from '../terminal.js';

interface RunFlags {
  url: string;
  key?: string;
  timeout?: number;
  json?: boolean;
}

/** Runs an algorithm now and prints its result. */
export function runCommand(host: CommandHost): Command {
  return new Command('run')
    .description('Run an algorithm now and print its result')
    .argument('<algorithm>')
    .argument('[json]', 'arguments by name: JSON, @file, or - for standard input')
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(new Option('--timeout <time>', 'time limit, such as 30s').argParser(parseDuration))
    .addOption(flags.json())
    .addHelpText('after', `\nExample:\n  runyard run language_detection '{"text": "Guten Tag"}'`)
    .action(async (algorithm: string, json: string | undefined, options: RunFlags) => {
      const { context, terminal } = host;
      const client = createClient({
        url: options.url,
        ...(options.key !== undefined && { apiKey: options.key }),
      });
      const args = await readJsonArgument(context, json);
      const result = await terminal.spin(`running ${algorithm}`, (update) =>
        client.run(algorithm, args, {
          signal: context.interrupted,
          ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
          onEvent: (event) => showEvent(terminal, event, `running ${algorithm}`, update),
        }),
      );
      if (options.json) terminal.printJson({ result });
      else terminal.print(typeof result === 'string' ? result : JSON.stringify(result, null, 2));
    });
}

/** Progress goes to the spinner, the algorithm's own lines to standard error. */
export function showEvent(
  terminal: Terminal,
  event: Pick<RunEvent, 'type'> & { progress?: number; message?: string; log?: { line: string } },
  text: string,
  update: (text: string) => void,
): void {
  if (event.type === 'progress') {
    update(`${text} ${Math.round((event.progress ?? 0) * 100)} % ${event.message ?? ''}`.trimEnd());
  }
  if (event.type === 'log' && event.log) terminal.note(terminal.colors.dim(`  ${event.log.line}`));
}
