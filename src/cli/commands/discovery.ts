import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { serveUntilSignal } from '../serve.js';

export function discoveryCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('discovery')
    .description('The registry of runners, alone')
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(flags.config())
    .addHelpText('after', '\nExample:\n  runyard discovery --host 0.0.0.0 --port 5099')
    .action(async (options: { host?: string; port?: number; config?: string }) => {
      const { openDiscoveryAlone } = await import('../../yard/index.js');
      const { createLogger, createMetrics } = await import('../../telemetry/index.js');
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: { discovery: given({ host: options.host, port: options.port }) },
        original: 'discovery',
      });
      const logger = createLogger({
        level: settings.log.level,
        pretty: context.stderr.isTTY === true,
        destination: context.stderr,
      });
      const discovery = await openDiscoveryAlone({ settings, logger, metrics: createMetrics() });
      terminal.print(`discovery ${discovery.url}`);
      host.exit(await serveUntilSignal(context, terminal, discovery));
    });
}
