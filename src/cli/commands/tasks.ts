import { Command, Option } from 'commander';
import { createClient } from '../../client/index.js';
import { TASK_STATES, type TaskSummaryView, type TaskView } from '../../protocol/index.js';
import { flags, parseCount } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { ago, oneLine, type Terminal } from '../terminal.js';

interface TasksFlags {
  url: string;
  key?: string;
  algorithm?: string;
  state?: (typeof TASK_STATES)[number];
  limit: number;
  cancel?: boolean;
  json?: boolean;
}

/** Lists tasks, shows one, or cancels one. */
export function tasksCommand(host: CommandHost): Command {
  return new Command('tasks')
    .description('List tasks, or show one with its attempts')
    .argument('[id]', 'show this one')
    .addOption(new Option('--algorithm <name>', 'only of this algorithm'))
    .addOption(new Option('--state <state>', 'only in this state').choices([...TASK_STATES]))
    .addOption(new Option('--limit <n>', 'how many to list').argParser(parseCount).default(20))
    .addOption(new Option('--cancel', 'cancel the task'))
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(flags.json())
    .addHelpText('after', '\nExample:\n  runyard tasks --state running\n  runyard tasks 01K… --cancel')
    .action(async (id: string | undefined, options: TasksFlags) => {
      const { terminal } = host;
      const client = createClient({
        url: options.url,
        ...(options.key !== undefined && { apiKey: options.key }),
      });
      if (id === undefined) {
        await printList(
          terminal,
          take(client.tasks(listQuery(options)), options.limit),
          options.json === true,
        );
        return;
      }
      if (options.cancel) await client.cancel(id);
      const task = await client.task(id);
      if (options.json) terminal.printJson(task);
      else printTask(terminal, task);
    });
}

function listQuery({ algorithm, state, limit }: TasksFlags) {
  return {
    limit: Math.min(Math.max(limit, 1), 1000),
    ...(algorithm !== undefined && { algorithm }),
    ...(state !== undefined && { state }),
  };
}

/** The first `limit` tasks of a listing. */
export async function take(tasks: AsyncIterable<TaskSummaryView>, limit: number): Promise<TaskSummaryView[]> {
  const taken: TaskSummaryView[] = [];
  if (limit === 0) return taken;
  for await (const task of tasks) {
    taken.push(task);
    if (taken.length >= limit) break;
  }
  return taken;
}

/** Tasks as a table, or as JSON. */
export async function printList(
  terminal: Terminal,
  listing: Promise<TaskSummaryView[]>,
  json: boolean,
): Promise<void> {
  const tasks = await listing;
  if (json) {
    terminal.printJson(tasks);
    return;
  }
  if (tasks.length === 0) {
    terminal.print('no tasks');
    return;
  }
  const now = Date.now();
  terminal.table(
    ['ID', 'ALGORITHM', 'STATE', 'TRIES', 'SUBMITTED', 'ERROR'],
    tasks.map((task) => [
      task.id,
      task.algorithm,
      paint(terminal, task.state),
      String(task.attemptCount),
      ago(Date.parse(task.createdAt), now),
      task.error ? oneLine(`${task.error.class}: ${task.error.message}`, 60) : '',
    ]),
  );
}

/** One task with everything a person asks about. */
export function printTask(terminal: Terminal, task: TaskView): void {
  const { bold, dim } = terminal.colors;
  terminal.print(`${bold(task.id)}  ${task.algorithm}  ${paint(terminal, task.state)}`);
  terminal.print(`${dim('payload')}    ${oneLine(JSON.stringify(task.payload), 400)}`);
  if (task.result !== undefined)
    terminal.print(`${dim('result')}     ${JSON.stringify(task.result, null, 2)}`);
  if (task.error)
    terminal.print(`${dim('error')}      ${task.error.class} (${task.error.code}): ${task.error.message}`);
  terminal.print(
    `${dim('submitted')}  ${task.createdAt}${task.endedAt === undefined ? '' : `   ended ${task.endedAt}`}`,
  );
  for (const attempt of task.attempts) {
    const end = attempt.error
      ? `${attempt.error.class}: ${oneLine(attempt.error.message, 200)}`
      : attempt.endedAt
        ? 'ok'
        : 'running';
    terminal.print(`${dim(`try ${attempt.number}`)}      ${attempt.startedAt}  ${end}`);
    for (const { line } of attempt.logs ?? []) terminal.print(dim(`             ${line}`));
    if (attempt.error?.stacktrace)
      terminal.print(dim(attempt.error.stacktrace.replace(/^/gm, '             ')));
  }
}

function paint(terminal: Terminal, state: TaskSummaryView['state']): string {
  const { green, red, yellow, blue, dim } = terminal.colors;
  const colors = { waiting: yellow, running: blue, succeeded: green, dead: red, cancelled: dim };
  return colors[state](state);
}
