import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { CommandHost } from '../command-host.js';
import { loadSettings } from '../load-settings.js';
import { flags } from '../options.js';

interface BuildFlags {
  output?: string;
  unpacked?: boolean;
  config?: string;
  json?: boolean;
}

/** Puts a project into one zip that runs elsewhere. */
export function buildCommand({ context, terminal }: CommandHost): Command {
  return new Command('build')
    .description('Put a project and its packages into one algorithm.zip')
    .argument('[dir]', 'the project', '.')
    .option('-o, --output <file>', 'the archive (default: algorithm.zip in the project)')
    .option('--unpacked', 'write a folder instead of a zip')
    .addOption(flags.config())
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard build hello && runyard langserver hello/algorithm.zip')
    .action(async (dir: string, options: BuildFlags) => {
      const { buildProject } = await import('../../yard/index.js');
      const settings = await loadSettings(context, options);
      const archive = await terminal.spin('building', (update) =>
        buildProject({
          dir: resolve(context.cwd, dir),
          ...(options.output !== undefined && { output: resolve(context.cwd, options.output) }),
          ...(options.unpacked !== undefined && { unpacked: options.unpacked }),
          settings,
          env: context.env,
          onProgress: update,
        }),
      );
      if (options.json) return terminal.printJson(archive);
      const path = relative(context.cwd, archive.path);
      const megabytes = (archive.bytes / 1e6).toFixed(1);
      terminal.print(
        `${terminal.colors.green('✓')} ${path}: ${archive.files} files, ${megabytes} MB unpacked`,
      );
    });
}
