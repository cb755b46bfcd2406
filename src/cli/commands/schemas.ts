import { Command } from 'commander';
import { createClient } from '../../client/index.js';
import { RunyardError } from '../../errors/index.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';

/** Prints the request schemas of every algorithm. */
export function schemasCommand({ terminal }: CommandHost): Command {
  return new Command('schemas')
    .description('Print the JSON Schemas of what can be run')
    .argument('[algorithm]', 'only this one')
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard schemas ocr')
    .action(async (algorithm: string | undefined, options: { url: string; key?: string }) => {
      const client = createClient({
        url: options.url,
        ...(options.key !== undefined && { apiKey: options.key }),
      });
      const schemas = await client.schemas();
      if (algorithm === undefined) {
        terminal.printJson(schemas);
        return;
      }
      const schema = Object.hasOwn(schemas, algorithm) ? schemas[algorithm] : undefined;
      if (schema === undefined) {
        const names = Object.keys(schemas).join(', ');
        throw new RunyardError(
          'unknown_algorithm',
          `nobody offers ${algorithm}; there is ${names || 'nothing yet'}`,
        );
      }
      terminal.printJson(schema);
    });
}
