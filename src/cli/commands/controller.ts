import { resolve } from 'node:path';
import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { describeState } from '../describe-state.js';
import { serveUntilSignal } from '../serve.js';

interface ControllerFlags {
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
      const { createLogger, createMetrics } = await import('../../telemetry/index.js');
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: {
          queue: given({ url: options.queue }),
          store: given({ url: options.store }),
          discovery: given({ urls: options.discovery }),
        },
        original: 'controller',
      });
      const opened = await openControllerAlone({
        dataDir: resolve(context.cwd, options.data),
        settings,
        logger: createLogger({
          level: settings.log.level,
          pretty: context.stderr.isTTY === true,
          destination: context.stderr,
        }),
        metrics: createMetrics(),
      });
      terminal.print(`controller on ${describeState(settings, options.data)}`);
      host.exit(await serveUntilSignal(context, terminal, opened));
    });
}
