import { resolve } from 'node:path';
import { Command } from 'commander';
import { RunyardError } from '../../errors/index.js';
import type { CommandHost } from '../command-host.js';

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Makes a project that runs, from a langpack's template. */
export function newCommand({ context, terminal }: CommandHost): Command {
  return new Command('new')
    .description('Make a project that runs and whose test passes')
    .argument('<language>', 'such as typescript, javascript or python')
    .argument('<name>', 'folder and algorithm')
    .addHelpText('after', '\nExample:\n  runyard new typescript hello && runyard test hello')
    .action(async (language: string, name: string) => {
      const { createProject, langpacks } = await import('../../langpack/index.js');
      const known = langpacks.map((one) => one.language);
      if (!known.includes(language)) {
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
      const files = await createProject({ language, name, dir: resolve(context.cwd, name) });
      terminal.print(`${terminal.colors.green('✓')} ${name}/`);
      for (const file of files) terminal.print(`    ${file}`);
      terminal.print(`\nNext:  runyard test ${name}    runyard up ${name}`);
    });
}
