import { resolve } from 'node:path';
import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

interface GatewayFlags {
  host?: string;
  port?: number;
  data: string;
  queue?: string;
  store?: string;
  discovery?: string[];
  config?: string;
  keys: boolean;
}

export function gatewayCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('gateway')
    .description('The front door, alone: run, submit, follow, docs')
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(flags.data())
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(flags.discovery())
    .addOption(flags.config())
    .addOption(flags.noKeys())
    .addHelpText('after', '\nExample:\n  runyard gateway --data .runyard --discovery http://127.0.0.1:5099')
    .action(async (options: GatewayFlags) => {
      const { openGatewayAlone } = await import('../../yard/index.js');
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: {
          gateway: given({ host: options.host, port: options.port }),
          queue: given({ url: options.queue }),
          store: given({ url: options.store }),
          discovery: given({ urls: options.discovery }),
        },
      });
      const opened = await openGatewayAlone({
        dataDir: resolve(context.cwd, options.data),
        settings,
        allowNoKeys: !options.keys,
        ...(await openTelemetry(context, settings, 'gateway')),
        version: context.version,
      });
      terminal.print(`gateway ${opened.url}`);
      host.exit(await serveUntilSignal(context, terminal, opened));
    });
}
