import { resolve } from 'node:path';
import { Command } from 'commander';
import type { CommandHost } from '../command-host.js';
import { describeState } from '../describe-state.js';
import { loadSettings } from '../load-settings.js';
import { addPartFlags, readPartFlags, type PartFlags } from '../part-flags.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

export function controllerCommand({ context, terminal, exit }: CommandHost): Command {
  return addPartFlags(new Command('controller'))
    .description('Takes tasks off the queue and has them run')
    .addHelpText(
      'after',
      '\nExample:\n  runyard controller --data .runyard --discovery http://127.0.0.1:5099',
    )
    .action(async (options: PartFlags) => {
      const { openControllerAlone } = await import('../../yard/index.js');
      const original = 'controller';
      const settings = await loadSettings(context, { ...readPartFlags('controller', options), original });
      const opened = await openControllerAlone({
        dataDir: resolve(context.cwd, options.data),
        settings,
        ...(await openTelemetry(context, settings, 'controller')),
        version: context.version,
      });
      terminal.print(`controller ${opened.url} on ${describeState(settings, options.data)}`);
      exit(await serveUntilSignal(context, terminal, opened));
    });
}
