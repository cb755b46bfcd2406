import { resolve } from 'node:path';
import { Command } from 'commander';
import { RunyardError } from '../../errors/index.js';
import { loadSettings } from '../load-settings.js';
import { flags } from '../options.js';
import type { CommandHost } from '../command-host.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

interface NewFlags {
  config?: string;
  classic?: true;
  user: string;
}

/** Makes a project that runs, from a langpack's template. */
export function newCommand({ context, terminal }: CommandHost): Command {
  return new Command('new')
    .description('Make a project that runs and whose test passes')
    .argument('<language>', 'such as typescript, python or go')
    .argument('<name>', 'folder and algorithm')
    .option('--classic', 'one `apply` that takes anything, for the pipe and the HTTP API of the LangServer')
    .option('--user <name>', 'owner of a classic algorithm, before the slash of its name', 'local')
    .addOption(flags.config())
    .addHelpText('after', '\nExample:\n  runyard new typescript hello && runyard test hello')
    .action(async (language: string, name: string, options: NewFlags) => {
      const { createProject, loadLangpacks } = await import('../../langpack/index.js');
      const settings = await loadSettings(context, options);
      const langpacks = loadLangpacks(settings.langpacks.dirs);
      const langpack = langpacks.find((one) => one.language === language);
      if (!langpack) {
        const known = langpacks.map((one) => one.language);
        throw new RunyardError(
          'malformed_request',
          `${JSON.stringify(language)} is no language Runyard knows: expected ${known.join(', ')}`,
        );
      }
      if (!NAME.test(name)) {
        throw new RunyardError(
          'malformed_request',
          `${JSON.stringify(name)} is no name for a project: expected a letter, then letters, digits, - or _`,
        );
      }
      if (!NAME.test(options.user)) {
        throw new RunyardError(
          'malformed_request',
          `${JSON.stringify(options.user)} is no owner: expected a letter, then letters, digits, - or _`,
        );
      }
      const kind = options.classic ? 'classic' : 'adapter';
      const dir = resolve(context.cwd, name);
      const files = await createProject({ langpack, kind, name, user: options.user, dir });
      terminal.print(`${terminal.colors.green('✓')} ${name}/`);
      for (const file of files) terminal.print(`    ${file}`);
      terminal.print(`\nNext:  runyard test ${name}    runyard up ${name}`);
    });
}
