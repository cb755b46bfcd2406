import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compileDecoder } from './decode.mjs';

/** Runs an asynchronous project takes at the same time unless it says otherwise with `export const concurrency`. */
const ASYNC_CONCURRENCY = 16;
/** How much of an earlier slow run is remembered by each later one. */
const MEMORY = 0.9;

/**
 * One algorithm, ready to be called.
 *
 * @typedef {object} Algorithm
 * @property {string} name
 * @property {string} mode
 * @property {object | undefined} limits
 * @property {boolean} context - it takes `ctx`
 * @property {boolean} isAsync
 * @property {(args: Record<string, unknown>, ctx: unknown) => unknown} invoke - takes arguments by name
 * @property {(items: Record<string, unknown>[], ctx: unknown) => unknown} invokeBatch
 * @property {boolean} bigints - its result may hold big integers
 * @property {number} slowMs - how long its runs blocked the process lately, at most; unknown at first
 * @property {(ms: number) => void} took - tells how long a run blocked the process
 */

/**
 * Loads the adapter and ties its functions to what the description says of them.
 *
 * @param {string} modulePath
 * @param {string | undefined} descriptionPath - the descriptors, each with the name of its `export`, its `parameters` in
 *   order, whether they come as one `object`, and whether it takes a `context`; without it names alone tell
 */
export async function loadAdapter(modulePath, descriptionPath) {
  const namespace = await import(pathToFileURL(modulePath).href);
  const find = (name) => namespace[name] ?? namespace.default?.[name];
  const described = descriptionPath
    ? JSON.parse(readFileSync(descriptionPath, 'utf8'))
    : inspectExports({ ...namespace.default, ...namespace });
  const algorithms = described.map((descriptor) => createAlgorithm(descriptor, find));
  return {
    algorithms: new Map(algorithms.map((one) => [one.name, one])),
    concurrency: resolveConcurrency(find('concurrency'), algorithms),
    setup: find('setup'),
    teardown: find('teardown'),
  };
}

function createAlgorithm(descriptor, find) {
  const { name, mode = 'unary', limits, input, output } = descriptor;
  const run = find(descriptor.export ?? `${mode === 'batch' ? 'batch' : 'run'}_${name}`);
  if (typeof run !== 'function') throw new Error(`The adapter exports no function for the algorithm ${name}`);
  const decode = compileDecoder(input);
  const toArguments = positional(descriptor);
  return {
    name,
    mode,
    limits,
    context: descriptor.context ?? true,
    isAsync: descriptor.async ?? /^Async/.test(run.constructor.name),
    invoke: (args, ctx) => run(...toArguments(decode ? decode(args) : args, ctx)),
    invokeBatch: (items, ctx) => run(decode ? items.map(decode) : items, ctx),
    bigints: JSON.stringify(output ?? null).includes('"bigint"'),
    slowMs: Infinity,
    took(ms) {
      this.slowMs = Math.max(ms, this.slowMs === Infinity ? 0 : this.slowMs * MEMORY);
    },
  };
}

/** Arguments by name → arguments in the function's order; `ctx` comes last. */
function positional({ parameters, object, context = true, input }) {
  if (object) return context ? (args, ctx) => [args, ctx] : (args) => [args];
  const names = parameters ?? Object.keys(input?.properties ?? {});
  if (names.length === 1 && !context) {
    const [name] = names;
    return (args) => [args[name]];
  }
  return (args, ctx) => {
    const list = names.map((name) => args[name]);
    if (context) list.push(ctx);
    return list;
  };
}

function resolveConcurrency(wanted, algorithms) {
  if (wanted === undefined) return algorithms.some((one) => one.isAsync) ? ASYNC_CONCURRENCY : 1;
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  throw new Error(`\`concurrency\` must be a whole number above 0, but is ${String(wanted)}`);
}

/** What can be told of an adapter nobody described: names of functions, and of parameters written plainly. */
function inspectExports(exports) {
  return Object.entries(exports).flatMap(([name, value]) => {
    const match = /^(run|batch)_(.+)$/.exec(name);
    if (!match || typeof value !== 'function') return [];
    const [, list = ''] = /^[^(]*\(([^)]*)\)/.exec(Function.prototype.toString.call(value)) ?? [];
    const parameters = list.split(',').flatMap((part) => /^\s*([\w$]+)/.exec(part)?.[1] ?? []);
    const context = parameters.at(-1) === 'ctx';
    const mode =
      match[1] === 'batch' ? 'batch' : /Generator/.test(value.constructor.name) ? 'stream' : 'unary';
    return [
      {
        name: match[2],
        mode,
        export: name,
        parameters: context ? parameters.slice(0, -1) : parameters,
        context,
      },
    ];
  });
}
