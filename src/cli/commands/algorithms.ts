import { Command } from 'commander';
import { createClient } from '../../client/index.js';
import type { AlgorithmView } from '../../protocol/index.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { oneLine } from '../terminal.js';

/** Lists what can be run, and where. */
export function algorithmsCommand({ terminal }: CommandHost): Command {
  return new Command('algorithms')
    .description('List what can be run, with arguments and runners')
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard algorithms')
    .action(async (options: { url: string; key?: string; json?: boolean }) => {
      const client = createClient({
        url: options.url,
        ...(options.key !== undefined && { apiKey: options.key }),
      });
      const algorithms = await client.algorithms();
      if (options.json) terminal.printJson(algorithms);
      else if (algorithms.length === 0) terminal.print('no algorithms: is a runner registered?');
      else printTable(algorithms);
    });

  function printTable(algorithms: AlgorithmView[]): void {
    terminal.table(
      ['ALGORITHM', 'ARGUMENTS', 'MODE', 'RUNNERS', 'DESCRIPTION'],
      algorithms.map(({ name, input, mode, runners, description }) => [
        name,
        oneLine(argumentNames(input).join(', '), 40),
        mode,
        oneLine(runners.map(({ host, healthy }) => (healthy ? host : `${host} (down)`)).join(', '), 50),
        oneLine(description ?? '', 60),
      ]),
    );
  }
}

/** Names of the arguments; optional ones with a question mark. */
function argumentNames(input: AlgorithmView['input']): string[] {
  if (typeof input === 'boolean') return [];
  const required = new Set<unknown>(Array.isArray(input['required']) ? input['required'] : []);
  return Object.keys(input['properties'] ?? {}).map((name) => (required.has(name) ? name : `${name}?`));
}
