import { resolve } from 'node:path';
import { Command } from 'commander';
import type { CommandHost } from '../command-host.js';
import { loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import { addPartFlags, readPartFlags, type PartFlags } from '../part-flags.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

interface GatewayFlags extends PartFlags {
  keys: boolean;
}

export function gatewayCommand({ context, terminal, exit }: CommandHost): Command {
  return addPartFlags(new Command('gateway'))
    .description('The front door, alone: run, submit, follow, docs')
    .addOption(flags.noKeys())
    .addHelpText('after', '\nExample:\n  runyard gateway --data .runyard --discovery http://127.0.0.1:5099')
    .action(async (options: GatewayFlags) => {
      const { openGatewayAlone } = await import('../../yard/index.js');
      const settings = await loadSettings(context, readPartFlags('gateway', options));
      const opened = await openGatewayAlone({
        dataDir: resolve(context.cwd, options.data),
        settings,
        allowNoKeys: !options.keys,
        ...(await openTelemetry(context, settings, 'gateway')),
        version: context.version,
      });
      terminal.print(`gateway ${opened.url}`);
      exit(await serveUntilSignal(context, terminal, opened));
    });
}
