import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { CommandHost } from '../command-host.js';
import { EXIT } from '../exit-code.js';
import { loadSettings } from '../load-settings.js';
import { flags } from '../options.js';

interface DockerfileFlags {
  library?: string[];
  template?: string;
  tag?: string;
  output?: string;
  userId?: number;
  config?: string;
}

/** Writes the Dockerfile of a project, or of libraries in the order given; builds it when a tag is named. */
export function dockerfileCommand(host: CommandHost): Command {
  const { context, terminal } = host;
  return new Command('dockerfile')
    .description('Write a Dockerfile: of a project, or of libraries an algorithm needs')
    .argument('[dir]', 'the project; the folder given to docker build with -l', '.')
    .option('-l, --library <dir>', 'library to install, by folder or name; again for the next one', collect)
    .option('-p, --template <file>', 'template with {{libraries}} and {{uid}} (only with -l)')
    .option('-t, --tag <tag>', 'also build the image with docker, and tag it so')
    .option('-o, --output <file>', 'where to write it (default: Dockerfile in the folder)')
    .option(
      '-u, --user-id <uid>',
      'user id of `algo` (only with -l; default: your own, 1000 for root)',
      parseUid,
    )
    .addOption(flags.config())
    .addHelpText(
      'after',
      '\nExamples:\n  runyard dockerfile hello -t hello\n  runyard dockerfile -l python3 -l tesseract -u 1001 -o Dockerfile.ocr',
    )
    .action(async (dir: string, options: DockerfileFlags) => {
      const folder = resolve(context.cwd, dir);
      const output = resolve(context.cwd, options.output ?? join(folder, 'Dockerfile'));
      const { writeDockerfile } = await import('../../yard/index.js');
      const text = await writeDockerfile({
        dir: folder,
        output,
        libraries: options.library ?? [],
        ...(options.template !== undefined && { template: resolve(context.cwd, options.template) }),
        uid: options.userId ?? ownUid(),
        settings: await loadSettings(context, options.config === undefined ? {} : { config: options.config }),
        cwd: context.cwd,
      });
      const lines = text.split('\n').length - 1;
      terminal.print(`${terminal.colors.green('✓')} ${relative(context.cwd, output)}: ${lines} lines`);
      if (options.tag === undefined) return;
      if (!(await build(options.tag, output, folder))) host.exit(EXIT.failed);
    });

  async function build(tag: string, output: string, folder: string): Promise<boolean> {
    const child = spawn('docker', ['build', '--tag', tag, '--file', output, folder], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await Promise.race([once(child, 'exit'), once(child, 'error')])) as [
      number | Error | null,
    ];
    if (code === 0) return true;
    const why = code instanceof Error ? `cannot be started (${code.message})` : `ended with code ${code}`;
    terminal.note(`docker build ${why}; the Dockerfile is written: build it where an engine runs`);
    return false;
  }
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function parseUid(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a user id above 0.');
  return value;
}

/** Root’s own would make the algorithm root. */
function ownUid(): number {
  return process.getuid?.() || 1000;
}
