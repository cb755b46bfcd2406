import { describe, expect, test } from 'vitest';
import { describeRefused } from './made-project.js';

/** What is refused, by function: code, and a part of the message it gets. */
const REFUSED: [code: string, message: string][] = [
  [
    'export function run_map(m: Map<string, number>) {}',
    'run_map, argument m is a Map, which JSON cannot hold; use Record<string, T>',
  ],
  [
    'export function run_set(s: { tags: Set<string> }[]) {}',
    'run_set, argument s[].tags is a Set, which JSON cannot hold; use T[]',
  ],
  ['export function run_callback(f: () => void) {}', 'run_callback, argument f is a function'],
  ['export function run_symbol(s: symbol) {}', 'run_symbol, argument s is a symbol'],
  ['export function run_promise(p: Promise<string>) {}', 'run_promise, argument p is a Promise'],
  ['export function run_never(n: never) {}', 'run_never, argument n has the type never'],
  [
    'export function run_url(u: URL) {}',
    'run_url, argument u is a URL, which JSON cannot hold; use string with @format uri',
  ],
  ['export function run_floats(f: Float32Array) {}', 'run_floats, argument f is a Float32Array'],
  [
    'export function run_thing(t: { name: string; greet(): void }) {}',
    'run_thing, argument t.greet is a function',
  ],
  [
    'export function run_dog(d: Dog) {}',
    'run_dog, argument d is an instance of Dog, whose methods JSON cannot hold; use an interface',
  ],
  ['export function run_odd_list(l: OddList) {}', 'run_odd_list, argument l is a subclass of Array'],
  ['export function run_result() { return new Map<string, Date>(); }', 'run_result, result is a Map'],
  [
    'export function run_nested_result() { return { list: [() => 1] }; }',
    'run_nested_result, result.list[] is a function',
  ],
  ['export function run_untyped(a) {}', 'run_untyped, argument a has no type; write one'],
  ['export function run_untyped_field(a: { b }) {}', 'run_untyped_field, argument a.b has no type'],
  [
    'export function run_unresolved(a: Gone, b: Gone[]) {}',
    'run_unresolved, argument a has the type Gone, which cannot be resolved',
  ],
  [
    'export function run_unresolved_result(): { x: Gone } { return null!; }',
    'run_unresolved_result, result.x has the type Gone',
  ],
  [
    'export function run_inferred() { return unknownName(); }',
    'run_inferred, result has a type that cannot be resolved',
  ],
  [
    'export function run_rest(...words: string[]) {}',
    'run_rest, argument words is a rest parameter; take an array',
  ],
  ['export function run_generic<T>(x: T) { return x; }', 'run_generic has the type parameter T'],
  [
    'export function run_overloaded(x: string): string; export function run_overloaded(x: number): number; export function run_overloaded(x: any) { return x; }',
    'run_overloaded has 2 overloads',
  ],
  [
    'export function run_two({ a }: { a: string }, b: string) {}',
    'run_two takes a destructured argument beside others',
  ],
  [
    'export function run_open({ a }: Record<string, string>) {}',
    'run_open takes a destructured argument whose names are not known',
  ],
  [
    'export function run_ctx(ctx: unknown, a: string) {}',
    'run_ctx takes ctx before other arguments; ctx comes last',
  ],
  [
    'export function run_middle(t: [string, ...number[], boolean]) {}',
    'run_middle, argument t is a tuple with an open middle',
  ],
  ['export function run_deep(d: Deep<string>) {}', 'run_deep, argument d nests without end'],
  [
    'export function run_computed(c: Computed) {}',
    'run_computed, argument c has values that JSON cannot hold',
  ],
  [
    'export function run_minimum(/** @minimum abc */ a: number) {}',
    'run_minimum, argument a has a wrong tag: @minimum takes a number, but says "abc"',
  ],
  [
    'export function run_format(/** @format urll */ a: string) {}',
    '@format takes a known format (did you mean url?)',
  ],
  [
    'export function run_misplaced(/** @minLength 3 */ a: number) {}',
    'run_misplaced, argument a has a wrong tag: @minLength is for a string',
  ],
  ['export function run_pattern(/** @pattern [ */ a: string) {}', '@pattern takes a regular expression'],
  ['export function run_type(/** @asType float */ a: number) {}', '@asType knows only integer'],
  ['export function batch_text(a: string) { return [a]; }', 'batch_text must take one list of objects'],
  ['export function batch_texts(a: string[]) { return a; }', 'batch_texts must take one list of objects'],
  [
    'export function batch_single(a: { t: string }[]) { return a.length; }',
    'batch_single must return a list with one result for each item',
  ],
  ['export const run_anything: any = 3;', 'run_anything has a type that cannot be resolved'],
  [
    'export function run_twice() {} export function runTwice() {}',
    'runTwice and run_twice are both the algorithm twice',
  ],
  ['export function run_größe() {}', 'run_größe names an algorithm "größe"; use letters, digits and _ only'],
];

const OTHERS = `
class Dog { name = 'x'; bark() {} }
class OddList extends Array<string> {}
interface Deep<T> { value: T; next: Deep<T[]> }
enum Computed { A = 'x'.length, B = 'y'.length }
`;

const refused = describeRefused(`${REFUSED.map(([code]) => code).join('\n')}\n${OTHERS}`);

describe('what cannot be expressed', () => {
  test.each(REFUSED)('%s', async (code, message) => {
    const error = await refused;
    const line = REFUSED.findIndex(([one]) => one === code) + 1;
    const lines = error.message.split('\n').filter((one) => one.includes(message));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^  runner_adapter\\.ts:${line}:\\d+: `));
  });

  test('is all said in one error, with its places apart', async () => {
    const error = await refused;
    expect(error.code).toBe('project_invalid');
    expect(error.errors?.length).toBeGreaterThanOrEqual(REFUSED.length);
    expect(error.errors?.[0]?.path).toMatch(/^runner_adapter\.ts:\d+:\d+$/);
  });
});

/** Whole projects that are refused. */
const PROJECTS: [what: string, files: Record<string, string>, message: string | RegExp][] = [
  [
    'no algorithm',
    { 'runner_adapter.ts': 'export function helper() {}' },
    'The adapter exports no algorithm: export a function named run_<algorithm>',
  ],
  [
    'an algorithm that is not exported',
    { 'runner_adapter.ts': 'function run_x() {}\nexport const y = run_x;' },
    'run_x is not exported; put export before it',
  ],
  [
    'a syntax error',
    { 'runner_adapter.ts': 'export function run_x() {\n  return 1 +;\n}' },
    'runner_adapter.ts:2:13: Expression expected.',
  ],
  [
    'a syntax error in JavaScript',
    { 'runner_adapter.js': 'export function run_x() { return [1; }' },
    'runner_adapter.js:1:36: ',
  ],
  [
    'a syntax error in an imported file',
    {
      'runner_adapter.ts': `export { run_x } from './lib/x';`,
      'lib/x.ts': 'export const run_x = (: string) => 1;',
    },
    'lib/x.ts:1:23: ',
  ],
  [
    'an import of a file that is not there',
    { 'runner_adapter.ts': `import { x } from './gone';\nexport const run_x = () => Number(x);` },
    'runner_adapter.ts:1:19: Could not resolve "./gone"',
  ],
  [
    'an import of a package that is not there',
    { 'runner_adapter.ts': `import x from 'not-there/sub';\nexport function run_x(): string { return x; }` },
    'The package not-there is not installed; add it to dependencies in package.json',
  ],
  [
    'a tsconfig.json that cannot be read',
    {
      'runner_adapter.ts': 'export function run_x() {}',
      'tsconfig.json': '{ "compilerOptions": { "target": "es99" } }',
    },
    /tsconfig\.json:1:34: Argument for '--target' option must be/,
  ],
  [
    'limits that only running would tell',
    {
      'runner_adapter.ts':
        'export function run_x() {}\nexport const limits = { x: { timeoutMs: Number("5") } };',
    },
    'runner_adapter.ts:2:14: limits must be written out as a literal object',
  ],
  [
    'limits of an algorithm there is not',
    {
      'runner_adapter.ts':
        'export function run_detect() {}\nexport const limits = { detekt: { timeoutMs: 5 } };',
    },
    'runner_adapter.ts:2:14: limits.detekt is no algorithm, did you mean detect?',
  ],
  [
    'limits there are not',
    { 'runner_adapter.ts': 'export function run_x() {}\nexport const limits = { x: { timeoutMS: 5 } };' },
    'limits.x.timeoutMS is no limit, did you mean timeoutMs?',
  ],
  [
    'limits that are no numbers',
    {
      'runner_adapter.ts':
        'export function run_x() {}\nexport const limits = { x: { timeoutMs: "5 s", maxAttempts: 0 } };',
    },
    /limits\.x\.timeoutMs must be a whole number from 1, but is "5 s"[\s\S]*limits\.x\.maxAttempts must be a whole number from 1 to 1000, but is 0/,
  ],
  [
    'batch limits of what is no batch',
    {
      'runner_adapter.ts':
        'export function run_x() {}\nexport const limits = { x: { batch: { maxSize: 5 } } };',
    },
    'limits.x.batch is only for batch_ functions, which x is not',
  ],
  [
    'a JSDoc type that cannot be resolved',
    { 'runner_adapter.js': '/** @param {Gone} a */\nexport function run_x(a) { return a; }' },
    'runner_adapter.js:2:23: run_x, argument a has the type Gone, which cannot be resolved',
  ],
];

describe('a project is refused for', () => {
  const errors = PROJECTS.map(([, files]) => describeRefused(files));

  test.each(PROJECTS)('%s', async (what, _, message) => {
    const error = await errors[PROJECTS.findIndex(([one]) => one === what)];
    expect(error?.code).toBe('project_invalid');
    expect(error?.message).toMatch(message);
  });
});
