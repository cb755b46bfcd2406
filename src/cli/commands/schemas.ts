import { Command, InvalidArgumentError, Option } from 'commander';
import { createClient } from '../../client/index.js';
import type { RunnerSurvey, SchemaSurvey } from '../../discovery/index.js';
import { RunyardError } from '../../errors/index.js';
import { EXIT } from '../exit-code.js';
import { given, loadSettings } from '../load-settings.js';
import { flags, parseDuration } from '../options.js';
import type { CommandHost } from '../command-host.js';
import type { Terminal } from '../terminal.js';

interface SchemasFlags {
  url: string;
  key?: string;
  /** True when no address follows: those of the settings. */
  discovery?: string[] | true;
  timeout: number;
  config?: string;
  json?: boolean;
}

/** Prints the request schemas of every algorithm, as the gateway knows them or as each runner gives them. */
export function schemasCommand(host: CommandHost): Command {
  return new Command('schemas')
    .description('Print the JSON Schemas of what can be run')
    .argument('[algorithm]', 'only this one')
    .addOption(flags.url())
    .addOption(flags.key())
    .addOption(
      new Option(
        '--discovery [url...]',
        'ask every runner these know, original ones included, instead of a gateway (default: discovery.urls of the settings)',
      ).argParser(collectUrl),
    )
    .addOption(
      new Option('--timeout <time>', 'with --discovery: longest wait for each answer')
        .argParser(parseDuration)
        .default(5_000, '5s'),
    )
    .addOption(flags.config())
    .addOption(flags.json())
    .addHelpText(
      'after',
      '\nExample:\n  runyard schemas ocr\n  runyard schemas --discovery http://localhost:5099',
    )
    .action(async (algorithm: string | undefined, options: SchemasFlags) => {
      if (options.discovery === undefined) await printFromGateway(host, algorithm, options);
      else await printFromRunners(host, algorithm, options);
    });
}

function collectUrl(url: string, urls: string[] | true | undefined): string[] {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidArgumentError('expected an address such as http://localhost:5099.');
  return [...(Array.isArray(urls) ? urls : []), url];
}

async function printFromGateway(
  { terminal }: CommandHost,
  algorithm: string | undefined,
  { url, key }: SchemasFlags,
): Promise<void> {
  const client = createClient({ url, ...(key !== undefined && { apiKey: key }) });
  const schemas = await client.schemas();
  if (algorithm === undefined) terminal.printJson(schemas);
  else if (Object.hasOwn(schemas, algorithm)) terminal.printJson(schemas[algorithm]);
  else throw unknownAlgorithm(algorithm, Object.keys(schemas));
}

async function printFromRunners(
  host: CommandHost,
  algorithm: string | undefined,
  { discovery, timeout, config, json }: SchemasFlags,
): Promise<void> {
  const { context, terminal } = host;
  const { discoveryUrls } = await import('../../config/index.js');
  const { surveySchemas } = await import('../../discovery/index.js');
  const settings = await loadSettings(context, {
    ...(config !== undefined && { config }),
    values: { discovery: given({ urls: discovery === true ? undefined : discovery }) },
    original: 'controller',
  });
  const survey = await surveySchemas({
    discoveries: discoveryUrls(settings),
    timeoutMs: timeout,
    signal: context.interrupted,
  });
  const shown = algorithm === undefined ? survey.runners : pickAlgorithm(survey, algorithm);
  if (json) terminal.printJson(shown);
  else for (const runner of shown) printRunner(terminal, runner);
  tellFailures(terminal, survey, shown);
  const isWhole = survey.failed.length === 0 && shown.every((runner) => 'schemas' in runner);
  if (context.interrupted.aborted) host.exit(EXIT.interrupted);
  else if (!isWhole) host.exit(EXIT.unavailable);
}

/** The runners that offer it, with nothing but its schema. @throws RunyardError `unknown_algorithm` */
function pickAlgorithm({ runners, failed }: SchemaSurvey, algorithm: string): RunnerSurvey[] {
  const offering = runners.filter(({ algorithms }) => algorithms.includes(algorithm));
  if (offering.length === 0 && failed.length === 0)
    throw unknownAlgorithm(algorithm, [...new Set(runners.flatMap(({ algorithms }) => algorithms))].sort());
  return offering.map((runner) => {
    if ('error' in runner) return runner;
    const { host, schemas } = runner;
    if (!Object.hasOwn(schemas, algorithm))
      return { host, algorithms: [algorithm], error: `expected a schema of ${algorithm}, got none` };
    return { host, algorithms: [algorithm], schemas: { [algorithm]: schemas[algorithm] } };
  });
}

function printRunner(terminal: Terminal, runner: RunnerSurvey): void {
  if ('error' in runner) return;
  terminal.print(`${runner.host} algorithm schemas:`);
  terminal.printJson(runner.schemas);
  terminal.print();
}

function tellFailures(
  terminal: Terminal,
  { runners, failed }: SchemaSurvey,
  shown: readonly RunnerSurvey[],
): void {
  const red = (text: string): string => terminal.colors.red(text);
  for (const { discovery, error } of failed)
    terminal.note(`${red('error')} the discovery at ${discovery} gave no list of runners: ${error}`);
  for (const runner of shown)
    if ('error' in runner)
      terminal.note(
        `${red('error')} ${runner.host} (${runner.algorithms.join(', ')}) gave no schemas: ${runner.error}`,
      );
  if (runners.length === 0 && failed.length === 0) terminal.note('no runner is registered');
}

function unknownAlgorithm(algorithm: string, names: readonly string[]): RunyardError {
  return new RunyardError(
    'unknown_algorithm',
    `nobody offers ${algorithm}; there is ${names.join(', ') || 'nothing yet'}`,
  );
}
