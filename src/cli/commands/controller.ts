import { resolve } from 'node:path';
import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { serveUntilSignal } from '../serve.js';

export function controllerCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('controller')
    .description('Takes tasks off the queue and has them run')
    .addOption(flags.data())
    .addOption(flags.discovery())
    .addOption(flags.config())
    .addHelpText(
      'after',
      '\nExample:\n  runyard controller --data .runyard --discovery http://127.0.0.1:5099',
    )
    .action(async (options: { data: string; discovery?: string[]; config?: string }) => {
      const { openControllerAlone } = await import('../../yard/index.js');
      const { createLogger, createMetrics } = await import('../../telemetry/index.js');
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: { discovery: given({ urls: options.discovery }) },
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
      terminal.print(`controller on ${options.data}`);
      host.exit(await serveUntilSignal(context, terminal, opened));
    });
}
