import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ProjectTestResult } from '../../yard/index.js';
import { EXIT } from '../exit-code.js';
import { loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';

/** Runs a project's tests.json through real processes, without a yard. */
export function testCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('test')
    .description('Run the cases of a project’s tests.json')
    .argument('[dir]', 'the project', '.')
    .addOption(flags.config())
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard test hello')
    .action(async (dir: string, options: { config?: string; json?: boolean }) => {
      const { testProject } = await import('../../yard/index.js');
      const { createLogger } = await import('../../telemetry/index.js');
      const settings = await loadSettings(
        context,
        options.config === undefined ? {} : { config: options.config },
      );
      const results = await terminal.spin('starting', (update) =>
        testProject({
          dir: resolve(context.cwd, dir),
          settings,
          env: context.env,
          logger: createLogger({
            level: 'warn',
            pretty: context.stderr.isTTY === true,
            destination: context.stderr,
          }),
          onProgress: update,
        }),
      );
      if (options.json) terminal.printJson(results);
      else results.forEach(print);
      const failed = results.filter(({ passed }) => !passed).length;
      if (!options.json) terminal.print(`\n${results.length - failed} passed, ${failed} failed`);
      host.exit(failed === 0 ? EXIT.ok : EXIT.failed);
    });

  function print({ title, passed, message }: ProjectTestResult): void {
    const { green, red } = terminal.colors;
    terminal.print(
      `${passed ? green('✓') : red('✗')} ${title}${message === undefined ? '' : `\n    ${message}`}`,
    );
  }
}
