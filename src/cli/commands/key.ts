import { createHash, randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';

/** Makes an API key: shown once; only its hash goes into settings. */
export function keyCommand({ terminal }: CommandHost): Command {
  return new Command('key')
    .description('Make an API key, and the lines for runyard.yaml that allow it')
    .argument('<name>', 'who it is for; shown as the owner of tasks')
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard key ci-pipeline')
    .action((name: string, options: { json?: boolean }) => {
      const key = `ry_${randomBytes(24).toString('base64url')}`;
      const hash = `sha256:${createHash('sha256').update(key).digest('hex')}`;
      if (options.json) {
        terminal.printJson({ name, key, hash });
        return;
      }
      terminal.print(`Key, shown this once: ${terminal.colors.bold(key)}\n`);
      terminal.print('Put this in runyard.yaml and start again:\n');
      terminal.print(`auth:\n  keys:\n    - name: ${JSON.stringify(name)}\n      hash: ${hash}\n`);
      terminal.print(`Send it as "Authorization: Bearer …", or set RUNYARD_API_KEY for this command.`);
    });
}
