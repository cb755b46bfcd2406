import { Command, Option } from 'commander';
import { createClient } from '../../client/index.js';
import { FAILURE_CLASSES, RunyardError, type FailureClass } from '../../errors/index.js';
import { readJsonArgument } from '../json-argument.js';
import { flags, parseCount } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { printList, printTask, take } from './tasks.js';

interface DeadFlags {
  url: string;
  key?: string;
  algorithm?: string;
  class?: FailureClass;
  limit: number;
  all?: boolean;
  payload?: string;
  json?: boolean;
}

/** Looks at dead tasks and sends them on their way again. */
export function deadCommand(host: CommandHost): Command {
  const dead = new Command('dead').description('Look at dead tasks, and send them on their way again');
  dead.addCommand(
    common(new Command('list').description('List dead tasks'), true)
      .addOption(new Option('--limit <n>', 'how many to list').argParser(parseCount).default(20))
      .action((options: DeadFlags) => list(host, options)),
    { isDefault: true },
  );
  dead.addCommand(
    common(
      new Command('show').description('Show one with payload, error and attempts').argument('<id>'),
      false,
    ).action((id: string, options: DeadFlags) => show(host, id, options)),
  );
  dead.addCommand(
    common(
      new Command('redrive').description('Send one, or all that fit, on their way again').argument('[id]'),
      true,
    )
      .addOption(new Option('--all', 'every dead task, or those the filters name'))
      .addOption(new Option('--payload <json>', 'run it with another payload: JSON, @file or -'))
      .action((id: string | undefined, options: DeadFlags) => redrive(host, id, options)),
  );
  return dead.addHelpText(
    'after',
    '\nExample:\n  runyard dead list --class timeout\n  runyard dead redrive --all --algorithm ocr',
  );
}

function common(command: Command, filters: boolean): Command {
  if (filters) {
    command
      .addOption(new Option('--algorithm <name>', 'only of this algorithm'))
      .addOption(new Option('--class <class>', 'only of this failure class').choices([...FAILURE_CLASSES]));
  }
  return command.addOption(flags.url()).addOption(flags.key()).addOption(flags.json());
}

function clientOf(options: DeadFlags) {
  return createClient({ url: options.url, ...(options.key !== undefined && { apiKey: options.key }) });
}

function filterOf(options: DeadFlags) {
  return {
    state: 'dead' as const,
    ...(options.algorithm !== undefined && { algorithm: options.algorithm }),
    ...(options.class !== undefined && { class: options.class }),
  };
}

async function list({ terminal }: CommandHost, options: DeadFlags): Promise<void> {
  const limit = Math.min(Math.max(options.limit, 1), 1000);
  const tasks = take(clientOf(options).tasks({ ...filterOf(options), limit }), options.limit);
  await printList(terminal, tasks, options.json === true);
}

async function show({ terminal }: CommandHost, id: string, options: DeadFlags): Promise<void> {
  const task = await clientOf(options).task(id);
  if (options.json) terminal.printJson(task);
  else printTask(terminal, task);
}

async function redrive(
  { context, terminal }: CommandHost,
  id: string | undefined,
  options: DeadFlags,
): Promise<void> {
  const client = clientOf(options);
  if (id !== undefined) {
    const payload =
      options.payload === undefined ? undefined : await readJsonArgument(context, options.payload);
    const task = await client.redrive(id, payload);
    if (options.json) terminal.printJson(task);
    else terminal.print(`${task.id}  ${task.state}`);
    return;
  }
  if (!options.all && options.algorithm === undefined && options.class === undefined) {
    throw new RunyardError(
      'malformed_request',
      'expected the id of a task, --all, or a filter such as --class timeout',
    );
  }
  const redriven = await terminal.spin('redriving', () => client.redriveAll(filterOf(options)));
  if (options.json) terminal.printJson({ redriven });
  else terminal.print(`${redriven} redriven`);
}
