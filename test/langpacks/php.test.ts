import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import { getLangpack } from '../../src/langpack/index.js';
import {
  argument,
  describeFiles,
  describeProject,
  describeRefused,
  env,
  makeProject,
} from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeTemplate } from './template.js';

describeConformance('php');
describeTemplate('php');
describeClassic(
  'php',
  `<?php

class OddWeather extends Exception {}

function apply($input)
{
    if ($input instanceof Runyard\\Bytes) return ['length' => count($input)];
    if (is_string($input)) return "hello $input";
    if (is_array($input) && isset($input['fail'])) throw new OddWeather($input['fail']);
    if (is_array($input) && isset($input['bytes'])) return new Runyard\\Bytes(pack('C*', ...range(0, $input['bytes'] - 1)));
    return $input;
}
`,
  /at apply \(.*echo\.php:9\)/,
);

describe('types of a PHP adapter', () => {
  it('are read from PHP and from PHPDoc', async () => {
    const { x } = await describeFiles({
      'runner_adapter.php': `<?php
namespace App;

use Runyard\\Schema;
use App\\Things\\{Box as Parcel, Suit};

require __DIR__ . '/things.php';

/**
 * Finds something.
 * In two lines.
 *
 * @param array<int|string, Parcel[]> $boxes by name
 *   in two lines {@minProperties 1}
 * @param non-empty-list<?int> $list
 * @param int<1, max> $range
 * @param array{0: string, 1: bool}|null $tuple
 * @param array{'a key': positive-int, more?: 'x'|2|null} $shape
 * @param (int|float)[] $numbers
 */
function run_x(
    array $boxes,
    array $list,
    int $range,
    ?array $tuple,
    array $shape,
    array $numbers,
    \\DateTimeInterface|string $when,
    Suit $suit = Suit::Hearts,
    #[Schema(minLength: 2, description: 'a word')] ?string $word = null,
    float $ratio = 1,
): ?Parcel { return null; }
`,
      'things.php': `<?php
namespace App\\Things;

enum Suit { case Hearts; case Spades; }

/** It holds things. */
class Box
{
    /** @var list<self> what is inside */
    public array $inner = [];
    public ?int $size;
}
`,
    });
    expect(x?.description).toBe('Finds something. In two lines.');
    const names = ['boxes', 'list', 'range', 'tuple', 'shape', 'numbers', 'when', 'suit', 'word', 'ratio'];
    expect(Object.fromEntries(names.map((name) => [name, argument(x, name)]))).toEqual({
      boxes: {
        type: 'object',
        additionalProperties: { type: 'array', items: { $ref: '#/$defs/App.Things.Box' } },
        minProperties: 1,
        description: 'by name in two lines',
      },
      list: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'null' }] }, minItems: 1 },
      range: { type: 'integer', minimum: 1 },
      tuple: {
        anyOf: [
          {
            type: 'array',
            prefixItems: [{ type: 'string' }, { type: 'boolean' }],
            items: false,
            minItems: 2,
            maxItems: 2,
          },
          { type: 'null' },
        ],
      },
      shape: {
        type: 'object',
        properties: {
          'a key': { type: 'integer', minimum: 1 },
          more: { anyOf: [{ enum: ['x', 2] }, { type: 'null' }] },
        },
        required: ['a key'],
        additionalProperties: false,
      },
      numbers: { type: 'array', items: { type: 'number' } },
      when: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'string' }] },
      suit: { enum: ['Hearts', 'Spades'], default: 'Hearts' },
      word: {
        anyOf: [{ type: 'string', minLength: 2 }, { type: 'null' }],
        description: 'a word',
        default: null,
      },
      ratio: { type: 'number', default: 1 },
    });
    expect((x?.input as { $defs: object }).$defs).toEqual({
      'App.Things.Box': {
        type: 'object',
        description: 'It holds things.',
        properties: {
          inner: { type: 'array', items: { $ref: '#/$defs/App.Things.Box' }, description: 'what is inside' },
          size: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
        },
        required: ['size'],
        additionalProperties: false,
      },
    });
  });
});

describe('what is wrong with a PHP adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const { message } = await describeRefused({
      'runner_adapter.php': `<?php
require 'more.php';
/**
 * @param list<Strnig> $a
 * @param array<string $b
 * @param string $typo
 */
function run_x(array $a, array $b, $c, array $d, callable $e): \\PDO {}
function run_rest(string ...$words) {}
function run_reference(string &$word) {}
/**
 * @param int $n {@minimun 1}
 * @param string $text {@minimum 1}
 */
function run_limits(int $n, string $text, Box $box) {}
function batch_limits(array $items) {}
/** @param list<string> $items */
function batch_texts($items) {}
function run_grün() {}
`,
      'more.php': `<?php
class Box { public $inner; }
function run_more(Iterator $a) {}
`,
    });
    expect(message.split('\n  ').slice(1)).toEqual(EXPECTED_PROBLEMS);
  });

  it.each([
    ['<?php function run_x( {', /runner_adapter\.php:1: it cannot be loaded: ParseError: syntax error/],
    [
      '<?php\nthrow new Exception("no luck");',
      /runner_adapter\.php:2: it cannot be loaded: Exception: no luck/,
    ],
    [
      '<?php\nrequire "not_there.php";',
      /it cannot be loaded: Error: Failed opening required|Failed opening required/,
    ],
    [
      '<?php\nfunction run_x() {}\nfunction run_x() {}',
      /runner_adapter\.php:3: it cannot be loaded: Cannot redeclare/,
    ],
    ['<?php function helper() {}', /there is no function run_<name>/],
    ['<?php exit(3);', /it cannot be loaded: it ends the process/],
    ['<?php const LIMITS = ["y" => ["timeout_ms" => 5]]; function run_x() {}', /limits\.y is no algorithm/],
  ])('is said of %j', async (source, message) => {
    expect((await describeRefused({ 'runner_adapter.php': source })).message).toMatch(message);
  });
});

describe('a PHP project', () => {
  it('gets the packages of its composer.json, and takes them along into an archive', async () => {
    const project = await makeProject({
      'composer.json': JSON.stringify({
        repositories: [{ type: 'path', url: 'packages/greeting' }, { 'packagist.org': false }],
        require: { 'ann/greeting': '1.0.0' },
      }),
      'packages/greeting/composer.json': JSON.stringify({
        name: 'ann/greeting',
        version: '1.0.0',
        autoload: { 'psr-4': { 'Ann\\': 'src/' } },
      }),
      'packages/greeting/src/Greeting.php':
        '<?php\nnamespace Ann;\nclass Greeting { const WORD = "hello"; }\n',
      'runner_adapter.php': '<?php\nfunction run_x(): string { return Ann\\Greeting::WORD; }\n',
    });
    const langpack = getLangpack('php');
    await langpack.setup(project, { env, machineEnv: process.env });
    const described = await describeProject(project);
    expect(described.algorithms.map(({ name }) => name)).toEqual(['x']);
    const host = await createProjectHost({ described, env });
    const outcome = await host.run({ id: '1', algorithm: 'x', args: {} });
    await host.close();
    expect(outcome).toMatchObject({ ok: true, resultJson: '"hello"' });
    const packed = await langpack.pack(described, { env });
    const files = packed.files.flatMap(({ from }) =>
      readdirSync(from, { recursive: true, encoding: 'utf8' }),
    );
    await packed.discard();
    expect(files).toContain('vendor/ann/greeting/src/Greeting.php');
  });

  it('keeps its answers apart from what it and its children print', async () => {
    const project = await makeProject({
      'runner_adapter.php': `<?php
function run_x(): mixed
{
    ob_start();
    echo 'no end';
    system('echo child; cat');
    return [fgets(STDIN), PHP_INT_MAX, 1.5, new ArrayObject(), new class () { public int $a = 1; protected int $b = 2; }];
}
function run_bad(): mixed { return ['a' => ["\\xff"]]; }
function run_round(): mixed { $list = []; $list['a'] = &$list; return $list; }
function run_gone(): mixed { exit(3); }
/** @return array<string, int> */
function run_empty(): array { return []; }
/** @return list<int> */
function run_holes(): array { return [1 => 5, 7 => 6]; }
`,
    });
    const host = await createProjectHost({ described: await describeProject(project), env });
    const run = (algorithm: string) => host.run({ id: algorithm, algorithm, args: {} });
    expect(await run('x')).toMatchObject({ resultJson: '[false,9223372036854775807,1.5,{},{"a":1}]' });
    expect(await run('bad')).toMatchObject({
      error: {
        code: 'invalid_output',
        message: expect.stringContaining('/a/0: the text is no valid UTF-8') as string,
      },
    });
    expect(await run('round')).toMatchObject({ error: { code: 'invalid_output' } });
    expect(await run('empty')).toMatchObject({ resultJson: '{}' });
    expect(await run('holes')).toMatchObject({ resultJson: '[5,6]' });
    expect(await run('gone')).toMatchObject({ error: { code: 'process_died' } });
    expect(await run('x')).toMatchObject({ ok: true });
    await host.close();
  });
});

const NO_TYPE = 'expected a type of PHP, a class, an enum or Runyard\\Bytes';

const EXPECTED_PROBLEMS = [
  'runner_adapter.php:8: run_x, argument typo: there is a comment on it, but no argument of this name; there are a, b, c, d, e',
  `runner_adapter.php:8: run_x, argument a: there is no type Strnig; ${NO_TYPE}`,
  'runner_adapter.php:8: run_x, argument b: the type `array<string` cannot be read at its end',
  'runner_adapter.php:8: run_x, argument c: has no type; write one',
  'runner_adapter.php:8: run_x, argument d: `array` does not say what it holds: write list<T>, array<string, T> or array{name: T} in the PHPDoc',
  `runner_adapter.php:8: run_x, argument e: there is no type callable; ${NO_TYPE}`,
  'runner_adapter.php:8: run_x, result: PDO is a class of PHP; take a class with typed properties',
  'runner_adapter.php:9: run_rest, argument words: ...$words has no names to call it by; take a list',
  'runner_adapter.php:10: run_reference, argument word: is passed by reference; return what changes',
  'runner_adapter.php:15: run_limits, argument n: minimun is no constraint; did you mean minimum?',
  'runner_adapter.php:15: run_limits, argument text: minimum is for integer and number, not for {"type":"string"}',
  'runner_adapter.php:15: run_limits, argument box: Box::$inner: has no type; write one',
  'runner_adapter.php:16: batch_limits, argument items: a batch function takes list<T> and returns one, as its PHPDoc says',
  'runner_adapter.php:18: batch_texts, argument items: the items of a batch are objects: list<array{name: T}>, or a list of a class',
  'runner_adapter.php:19: run_grün: the name of an algorithm is made of the letters a to z, digits and _',
  'more.php:3: run_more, argument a: \\Iterator can only be what the function returns: it streams',
  'runner_adapter.php:16: run_limits and batch_limits are both there; an algorithm has one function',
];
