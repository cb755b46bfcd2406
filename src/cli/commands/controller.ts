import { resolve } from 'node:path';
import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { describeState } from '../describe-state.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

interface ControllerFlags {
  host?: string;
  port?: number;
  data: string;
  queue?: string;
  store?: string;
  discovery?: string[];
  config?: string;
}

export function controllerCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('controller')
    .description('Takes tasks off the queue and has them run')
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(flags.data())
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(flags.discovery())
    .addOption(flags.config())
    .addHelpText(
      'after',
      '\nExample:\n  runyard controller --data .runyard --discovery http://127.0.0.1:5099',
    )
    .action(async (options: ControllerFlags) => {
      const { openControllerAlone } = await import('../../yard/index.js');
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: {
          controller: given({ host: options.host, port: options.port }),
          queue: given({ url: options.queue }),
          store: given({ url: options.store }),
          discovery: given({ urls: options.discovery }),
        },
        original: 'controller',
      });
      const opened = await openControllerAlone({
        dataDir: resolve(context.cwd, options.data),
        settings,
        ...(await openTelemetry(context, settings, 'controller')),
        version: context.version,
      });
      terminal.print(`controller ${opened.url} on ${describeState(settings, options.data)}`);
      host.exit(await serveUntilSignal(context, terminal, opened));
    });
}
