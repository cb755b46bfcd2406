import { Command } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

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
      const settings = await loadSettings(context, {
        ...(options.config !== undefined && { config: options.config }),
        values: { discovery: given({ host: options.host, port: options.port }) },
        original: 'discovery',
      });
      const discovery = await openDiscoveryAlone({
        settings,
        ...(await openTelemetry(context, settings, 'discovery')),
      });
      terminal.print(`discovery ${discovery.url}`);
      host.exit(await serveUntilSignal(context, terminal, discovery));
    });
}
