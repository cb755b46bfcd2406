import { Command, Option } from 'commander';
import { createClient, type SubmitOptions } from '../../client/index.js';
import type { TaskView } from '../../protocol/index.js';
import { EXIT } from '../exit-code.js';
import { readJsonArgument } from '../json-argument.js';
import { flags, parseCount, parseDuration } from '../options.js';
import type { CommandHost } from '../command-host.js';
import { showEvent } from './run.js';

interface SubmitFlags {
  url: string;
  key?: string;
  wait?: boolean;
  priority?: number;
  runAt?: string;
  deadline?: string;
  timeout?: number;
  maxAttempts?: number;
  idempotencyKey?: string;
  callback?: string;
  json?: boolean;
}

/** Puts a task on the queue; with --wait, follows it to its end. */
export function submitCommand(host: CommandHost): Command {
  return new Command('submit')
    .description('Put a task on the queue')
    .argument('<algorithm>')
    .argument('[json]', 'arguments by name: JSON, @file, or - for standard input')
    .addOption(new Option('--wait', 'follow it and print its result'))
    .addOption(new Option('--priority <0-9>', 'higher goes first').argParser(parseCount))
    .addOption(new Option('--run-at <time>', 'not before, ISO 8601'))
    .addOption(new Option('--deadline <time>', 'give up when not started by then, ISO 8601'))
    .addOption(new Option('--timeout <time>', 'time limit of one try, such as 30s').argParser(parseDuration))
    .addOption(new Option('--max-attempts <n>', 'tries in all').argParser(parseCount))
    .addOption(new Option('--idempotency-key <key>', 'the same key gives the first task back'))
    .addOption(new Option('--callback <url>', 'gets a signed POST when it has ended'))
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(flags.json())
    .addHelpText('after', `\nExample:\n  runyard submit language_detection '{"text": "Guten Tag"}' --wait`)
    .action(async (algorithm: string, json: string | undefined, options: SubmitFlags) =>
      submit(host, algorithm, json, options),
    );
}

async function submit(
  host: CommandHost,
  algorithm: string,
  json: string | undefined,
  options: SubmitFlags,
): Promise<void> {
  const { context, terminal } = host;
  const client = createClient({
    url: options.url,
    ...(options.key !== undefined && { apiKey: options.key }),
  });
  const payload = await readJsonArgument(context, json);
  const task = await client.submit(algorithm, payload, submitOptions(options));
  if (!options.wait) {
    if (options.json) terminal.printJson(task);
    else terminal.print(`${task.id}  ${task.state}\n${terminal.colors.dim(`runyard tasks ${task.id}`)}`);
    return;
  }
  const text = `${algorithm} ${task.id}`;
  const ended = await terminal.spin(text, (update) =>
    client.wait(task.id, {
      signal: context.interrupted,
      onEvent: (event) => {
        if (event.type === 'state') update(`${text} ${event.task.state}`);
        else showEvent(terminal, event, text, update);
      },
    }),
  );
  if (options.json) terminal.printJson(ended);
  else printEnd(host, ended);
  host.exit(ended.state === 'succeeded' ? EXIT.ok : EXIT.failed);
}

function printEnd({ terminal }: CommandHost, task: TaskView): void {
  if (task.state === 'succeeded') {
    terminal.print(typeof task.result === 'string' ? task.result : JSON.stringify(task.result, null, 2));
    return;
  }
  const { red, dim } = terminal.colors;
  terminal.note(`${red(task.state)} ${task.error?.class ?? ''} ${task.error?.message ?? ''}`);
  terminal.note(dim(`runyard tasks ${task.id} shows its attempts`));
}

function submitOptions(options: SubmitFlags): SubmitOptions {
  return {
    ...(options.priority !== undefined && { priority: options.priority }),
    ...(options.runAt !== undefined && { runAt: options.runAt }),
    ...(options.deadline !== undefined && { deadline: options.deadline }),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...(options.maxAttempts !== undefined && { maxAttempts: options.maxAttempts }),
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
    ...(options.callback !== undefined && { callbackUrl: options.callback }),
  };
}
