import { lookup } from 'node:dns/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { given, loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

interface RunnerFlags {
  host?: string;
  port?: number;
  address?: string;
  discovery?: string[];
  config?: string;
}

export function runnerCommand(host: CommandHost): Command {
  return new Command('runner')
    .description('One project behind HTTP, registered with discovery')
    .argument('[dir]', 'the project', '.')
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(
      new Option(
        '--address <url>',
        'address others reach it at (default: from CONTAINER_NAME, or where it listens)',
      ),
    )
    .addOption(flags.discovery())
    .addOption(flags.config())
    .addHelpText(
      'after',
      '\nExample:\n  runyard runner examples/nlp --port 5001 --discovery http://127.0.0.1:5099',
    )
    .action(async (dir: string, options: RunnerFlags) => runner(host, dir, options));
}

async function runner(host: CommandHost, dir: string, options: RunnerFlags): Promise<void> {
  const { context, terminal } = host;
  const { openRunnerAlone } = await import('../../yard/index.js');
  const settings = await loadSettings(context, {
    ...(options.config !== undefined && { config: options.config }),
    values: {
      runner: given({ host: options.host, port: options.port }),
      discovery: given({ urls: options.discovery }),
    },
    original: 'runner',
  });
  const advertisedHost = await containerName(host);
  const opened = await openRunnerAlone({
    dir: resolve(context.cwd, dir),
    settings,
    env: context.env,
    ...(await openTelemetry(context, settings, 'runner')),
    version: context.version,
    ...(options.address !== undefined && { address: options.address }),
    ...(advertisedHost !== undefined && { advertisedHost }),
    onProgress: (line) => terminal.note(terminal.colors.dim(`… ${line}`)),
  });
  const { name, address: url, algorithms } = opened.status();
  terminal.print(`runner ${name} ${url}: ${algorithms.map((one) => one.name).join(', ')}`);
  host.exit(await serveUntilSignal(context, terminal, opened));
}

/** The original runners' own name on their network; one that means nothing here would lead callers nowhere. */
async function containerName({ context, terminal }: CommandHost): Promise<string | undefined> {
  const name = context.env['CONTAINER_NAME'];
  if (!name) return undefined;
  try {
    await lookup(name);
    return name;
  } catch {
    terminal.note(
      `CONTAINER_NAME is '${name}', which cannot be resolved here: others are told the address listened on; --address says another`,
    );
    return undefined;
  }
}
