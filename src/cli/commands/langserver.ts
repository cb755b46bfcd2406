import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { RunyardError } from '../../errors/index.js';
import type { CommandHost } from '../command-host.js';
import { EXIT } from '../exit-code.js';
import { given, loadSettings } from '../load-settings.js';
import { flags, parseCount, parseDuration } from '../options.js';
import { serveUntilSignal } from '../serve.js';
import { openTelemetry } from '../telemetry.js';

interface LangServerFlags {
  host?: string;
  port?: number;
  into?: string;
  processes?: number;
  timeout?: number;
  exitWithChild?: boolean;
  config?: string;
}

export function langserverCommand(host: CommandHost): Command {
  return new Command('langserver')
    .description('One algorithm behind the HTTP API it had at Algorithmia')
    .argument(
      '[dir|zip]',
      'the project, or an archive of it (default: /tmp/algorithm.zip or /tmp/algorithm when there, else .)',
    )
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(new Option('--into <dir>', 'copy or unpack it here first; files that are there stay'))
    .addOption(new Option('--processes <count>', 'processes side by side (default: 1)').argParser(parseCount))
    .addOption(
      new Option('--timeout <time>', 'time limit of a request, such as 30s (default: none)').argParser(
        parseDuration,
      ),
    )
    .addOption(new Option('--exit-with-child', 'end when a process dies, as the original server does'))
    .addOption(flags.config())
    .addHelpText(
      'after',
      '\nREQUEST_COMPLETE, STATUS_UPDATE and SLOT_ID in the environment mean what they always did.' +
        '\n\nExample:\n  runyard langserver algorithm.zip --host 0.0.0.0',
    )
    .action(async (source: string | undefined, options: LangServerFlags) =>
      langserver(host, source, options),
    );
}

async function langserver(
  host: CommandHost,
  source: string | undefined,
  options: LangServerFlags,
): Promise<void> {
  const { context, terminal } = host;
  const { openLangServerAlone } = await import('../../yard/index.js');
  const settings = await loadSettings(context, {
    ...(options.config !== undefined && { config: options.config }),
    values: {
      langserver: given({
        host: options.host,
        port: options.port,
        processes: options.processes,
        timeoutMs: options.timeout,
        exitWithChild: options.exitWithChild,
      }),
    },
  });
  const opened = await openLangServerAlone({
    settings,
    env: context.env,
    cwd: context.cwd,
    source: source === undefined ? undefined : resolve(context.cwd, source),
    into: options.into === undefined ? undefined : resolve(context.cwd, options.into),
    requestCompleteUrl: readUrl(context.env, 'REQUEST_COMPLETE'),
    statusUpdateUrl: readUrl(context.env, 'STATUS_UPDATE'),
    slotId: context.env['SLOT_ID'],
    ...(await openTelemetry(context, settings, 'langserver')),
    onProgress: (line) => terminal.note(terminal.colors.dim(`… ${line}`)),
  });
  terminal.print(`langserver ${opened.project} ${opened.url}`);
  const ended = opened.ended.then(async () => {
    await opened.close();
    return EXIT.ok;
  });
  host.exit(await Promise.race([ended, serveUntilSignal(context, terminal, opened)]));
}

function readUrl(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new RunyardError(
    'invalid_config',
    `${name}: expected an http(s) address, got '${text.slice(0, 200)}'`,
  );
}
