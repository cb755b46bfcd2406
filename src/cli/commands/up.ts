import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { ProjectStatus, Yard, YardEvent } from '../../yard/index.js';
import { given, loadSettings } from '../load-settings.js';
import { flags, parsePort } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { describeState } from '../describe-state.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';
import { oneLine, type Terminal } from '../terminal.js';

interface UpFlags {
  host?: string;
  port?: number;
  discoveryPort?: number;
  runnerPort?: number;
  data: string;
  queue?: string;
  store?: string;
  config?: string;
  watch?: boolean;
  keys: boolean;
  json?: boolean;
}

export function upCommand(host: CommandHost): Command {
  return new Command('up')
    .description('Bring up the whole yard: every project below the folders, with queue, docs and HTTP')
    .argument('[dir...]', 'folders that are projects, or hold some (default: .)')
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(new Option('--discovery-port <port>', 'port of discovery; 0: any').argParser(parsePort))
    .addOption(new Option('--runner-port <port>', 'port of the first runner; 0: any').argParser(parsePort))
    .addOption(flags.data())
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(flags.config())
    .addOption(
      new Option('--watch', 'take up changed files (default on a terminal; elsewhere only new folders)'),
    )
    .addOption(new Option('--no-watch', 'leave changed files and new folders alone'))
    .addOption(flags.noKeys())
    .addOption(flags.json().conflicts([]))
    .addHelpText('after', '\nExample:\n  runyard up examples --port 9000')
    .action(async (dirs: string[], options: UpFlags) => up(host, dirs, options));
}

async function up(host: CommandHost, dirs: string[], options: UpFlags): Promise<void> {
  const { context, terminal } = host;
  const { createYard } = await import('../../yard/index.js');
  const settings = await loadSettings(context, {
    ...(options.config !== undefined && { config: options.config }),
    values: {
      gateway: given({ host: options.host, port: options.port }),
      queue: given({ url: options.queue }),
      store: given({ url: options.store }),
      discovery: given({ port: options.discoveryPort }),
      runner: given({ port: options.runnerPort }),
    },
  });
  const watch = options.watch ?? (context.stdout.isTTY === true || 'folders');
  const tell = options.json ? (event: YardEvent) => printEventJson(terminal, event) : eventPrinter(terminal);
  if (!options.json) terminal.print(`\n${terminal.colors.bold('runyard')} ${context.version}\n`);
  const yard = await createYard({
    dirs: (dirs.length === 0 ? ['.'] : dirs).map((dir) => resolve(context.cwd, dir)),
    settings,
    dataDir: resolve(context.cwd, options.data),
    env: context.env,
    watch,
    allowNoKeys: !options.keys,
    onEvent: tell,
    ...(await openTelemetry(context, settings, 'yard')),
    version: context.version,
  });
  if (options.json)
    terminal.printJson({ type: 'up', gateway: yard.gatewayUrl, discovery: yard.discoveryUrl });
  else printAddresses(terminal, yard, describeState(settings, options.data), watch);
  host.exit(await serveUntilSignal(context, terminal, yard));
}

function printAddresses(terminal: Terminal, yard: Yard, state: string, watch: boolean | 'folders'): void {
  const { bold, cyan, dim } = terminal.colors;
  const first = yard.projects().flatMap((project) => project.algorithms)[0];
  terminal.print(
    `  ${bold('gateway')}    ${cyan(yard.gatewayUrl)}   docs ${cyan(`${yard.gatewayUrl}/docs`)}`,
  );
  terminal.print(`  ${bold('discovery')}  ${cyan(yard.discoveryUrl)}`);
  terminal.print(`  ${bold('queue')}      ${state}`);
  terminal.print();
  if (first === undefined)
    terminal.print('  No algorithms yet: runyard new typescript hello, and it is taken up.');
  else terminal.print(dim(`  Try: runyard run ${first.name} '{...}'    runyard algorithms    runyard tasks`));
  terminal.print(dim(`  ${describeWatch(watch)}`));
  terminal.print();
}

function describeWatch(watch: boolean | 'folders'): string {
  if (watch === 'folders') return 'New folders are taken up as they come; --watch takes up edits as well.';
  return watch ? 'Watching the folders: save a file and it is live.' : 'Not watching files; --watch does.';
}

function eventPrinter(terminal: Terminal): (event: YardEvent) => void {
  const { green, red, yellow, dim } = terminal.colors;
  return (event) => {
    if (event.type === 'progress') terminal.print(dim(`  … ${event.project}: ${event.line}`));
    if (event.type === 'ready') printProject(terminal, green('✓'), event.project);
    if (event.type === 'updated') printProject(terminal, green('↻'), event.project);
    if (event.type === 'removed') terminal.print(`  ${yellow('−')} ${event.name} is gone`);
    if (event.type === 'problem') {
      const kept = event.kept ? dim(' (the last good version goes on)') : '';
      terminal.print(`  ${red('✗')} ${event.name}: ${event.error.message}${kept}\n`);
    }
  };
}

function printProject(terminal: Terminal, mark: string, project: ProjectStatus): void {
  const { bold, cyan, dim } = terminal.colors;
  terminal.print(`  ${mark} ${bold(project.name)}  ${dim(project.language)}  ${cyan(project.address)}`);
  const width = Math.max(...project.algorithms.map(({ name }) => name.length));
  for (const { name, description } of project.algorithms) {
    terminal.print(`      ${name.padEnd(width)}  ${dim(oneLine(description ?? '', 90))}`.trimEnd());
  }
  terminal.print();
}

function printEventJson(terminal: Terminal, event: YardEvent): void {
  terminal.printJson(
    event.type === 'problem'
      ? { ...event, error: { code: event.error.code, message: event.error.message } }
      : event,
  );
}
