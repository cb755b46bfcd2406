import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

describeConformance('ruby');
describeTemplate('ruby');
describeClassic(
  'ruby',
  `class OddWeather < StandardError; end
def apply(input)
  return { length: input.bytesize } if input.is_a?(String) && input.encoding == Encoding::BINARY
  return "hello #{input}" if input.is_a?(String)
  raise OddWeather, input["fail"] if input.is_a?(Hash) && input["fail"]
  return (0...input["bytes"]).to_a.pack("C*") if input.is_a?(Hash) && input["bytes"]
  input
end
`,
  /echo\.rb:5:in .apply'/,
);

describe('comments of a Ruby adapter', () => {
  it('are read as YARD writes them', async () => {
    const { x } = await describeFiles({
      'runner_adapter.rb': `
# Finds something.
# In two lines.
#
# @param [String] before name before its words
# @param list [Array<String, nil>] words
#   that go on {@minItems 1}
# @param map [Hash<Symbol, Float>]
# @param set [Set<Integer>]
# @param day [Date]
# @param nothing [nil, Boolean]
# @option more [String] :title of it
# @example
#   not words
def run_x(before:, list:, map:, set:, day:, nothing:, more:, untyped:, size: 3, ratio: -0.5, sign: "a\\n", tags: ["a"], late: Time.now)
end
`,
    });
    expect(x?.description).toBe('Finds something. In two lines.');
    expect((x?.input as { required: string[] }).required).toHaveLength(8);
    expect(Object.fromEntries(ARGUMENTS.map((name) => [name, argument(x, name)]))).toEqual({
      before: { type: 'string', description: 'name before its words' },
      list: {
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        minItems: 1,
        description: 'words that go on',
      },
      map: { type: 'object', additionalProperties: { type: 'number' } },
      set: { type: 'array', items: { type: 'integer' }, uniqueItems: true },
      day: { type: 'string', format: 'date' },
      nothing: { anyOf: [{ type: 'null' }, { type: 'boolean' }] },
      more: { type: 'object', properties: { title: { type: 'string' } }, additionalProperties: false },
      untyped: {},
      size: { type: 'integer', default: 3 },
      ratio: { type: 'number', default: -0.5 },
      sign: { type: 'string', default: 'a\n' },
      tags: { default: ['a'] },
      late: {},
    });
  });

  it('give way to RBS signatures', async () => {
    const { x, up } = await describeFiles({
      'runner_adapter.rb': `
# Signed.
# @param name who it is
def run_x(name, times = 1, size:, mode: nil) = size
def run_up(to:) = 1.upto(to) { |i| yield i }
Size = Struct.new(:width, :height)
`,
      'sig/size.rbs': 'class Size\n  attr_reader width: Float\n  attr_reader height: Float?\nend\n',
      'runner_adapter.rbs': `
type mode = :fast | "slow" | nil
class Object
  def run_x: (String name, ?Integer times, size: Size, ?mode: mode) -> { size: Size, list: Array[[String, bool]] }
  def run_up: (to: Integer) { (Integer) -> void } -> void
end
`,
    });
    expect(x).toMatchObject({
      description: 'Signed.',
      input: {
        required: ['name', 'size'],
        properties: {
          name: { type: 'string', description: 'who it is' },
          times: { type: 'integer', default: 1 },
          mode: { anyOf: [{ enum: ['fast', 'slow'] }, { type: 'null' }], default: null },
        },
        $defs: { Size: { properties: { width: { type: 'number' } }, required: ['width'] } },
      },
      output: {
        properties: {
          list: { items: { prefixItems: [{ type: 'string' }, { type: 'boolean' }] } },
        },
      },
    });
    expect(up).toMatchObject({ mode: 'stream', output: { type: 'integer' } });
  });
});

const ARGUMENTS = 'before list map set day nothing more untyped size ratio sign tags late'.split(' ');

describe('what is wrong with a Ruby adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const { message } = await describeRefused({
      'runner_adapter.rb': `require_relative "lib/more"
# @param a [Strnig]
# @param b [Array<String]
# @param typo [String]
# @return [Proc]
def run_x(a:, b:, c:); end
def run_rest(*words); end
def run_named(**words); end
# @param n [Integer] {@minimun 1}
# @param text [String] {@minimum 1}
# @param size [Size]
def run_limits(n:, text:, size:); end
def run_ctx(ctx, a); end
def run_twice; end
def run_twice; end
def batch_limits(items); end
# @param items [String]
def batch_texts(items); end
def run_grün; end
`,
      'lib/more.rb': `Size = Struct.new(:width)
# @param a [Enumerator<String>]
def run_more(a:); end
`,
    });
    expect(message.split('\n  ').slice(1)).toEqual(EXPECTED_PROBLEMS);
  });

  it.each([
    ['def run_x(\n', /runner_adapter\.rb:\d+: it cannot be loaded: SyntaxError/],
    ['\nraise "no luck"\n', /runner_adapter\.rb:2: it cannot be loaded: RuntimeError: no luck/],
    [
      'require "not_there"\n',
      /runner_adapter\.rb:1: it cannot be loaded: LoadError: cannot load such file -- not_there/,
    ],
    ['def helper; end\n', /there is no method run_<name>/],
    ['exit 3\n', /it cannot be loaded: SystemExit/],
    ['LIMITS = { y: { timeout_ms: 5 } }\ndef run_x; end\n', /limits\.y is no algorithm/],
  ])('is said of %j', async (source, message) => {
    expect((await describeRefused({ 'runner_adapter.rb': source })).message).toMatch(message);
  });

  it('is said of signatures', async () => {
    const refused = await describeRefused({
      'runner_adapter.rb': 'def run_x(a:); end\n',
      'runner_adapter.rbs': 'class Object\n  def run_x: (a: ) -> void\nend\n',
    });
    expect(refused.message).toContain('runner_adapter.rbs:2: ');
  });
});

describe('a Ruby project', () => {
  it('gets the gems of its Gemfile', async () => {
    const project = await makeProject({
      Gemfile: 'source "https://rubygems.org"\ngem "greeting", path: "gems/greeting"\n',
      'gems/greeting/greeting.gemspec':
        'Gem::Specification.new { |s| s.name = "greeting"; s.version = "1.0"; s.summary = "x"; s.authors = ["x"]; s.files = ["lib/greeting.rb"] }\n',
      'gems/greeting/lib/greeting.rb': 'module Greeting\n  WORD = "hello"\nend\n',
      'runner_adapter.rb': 'require "greeting"\ndef run_x = Greeting::WORD\n',
    });
    const langpack = getLangpack('ruby');
    await langpack.setup(project, { env, machineEnv: process.env });
    expect(readFileSync(join(project.dir, 'Gemfile.lock'), 'utf8')).toContain('greeting (1.0)');
    const host = await createProjectHost({ described: await describeProject(project), env });
    const outcome = await host.run({ id: '1', algorithm: 'x', args: {} });
    await host.close();
    expect(outcome).toMatchObject({ ok: true, resultJson: '"hello"' });
  });

  it('takes its gems along into an archive', async () => {
    const project = await makeProject({
      Gemfile: 'source "https://rubygems.org"\n',
      'runner_adapter.rb': 'def run_x = ENV["BUNDLE_PATH"]\n',
      '.runyard/bundle/ruby/3.1.0/gems/greeting/lib/greeting.rb': '',
    });
    const langpack = getLangpack('ruby');
    const packed = await langpack.pack(await describeProject(project), { env });
    const files = packed.files.flatMap(({ from }) =>
      readdirSync(from, { recursive: true, encoding: 'utf8' }),
    );
    await packed.discard();
    expect(files).toContain('vendor/bundle/ruby/3.1.0/gems/greeting/lib/greeting.rb');
  });

  it('keeps its answers apart from what it and its children print', async () => {
    const project = await makeProject({
      'runner_adapter.rb': `
def run_x
  $stdout.print("no end")
  system("echo child; cat")
  [gets, 12345678901234567890, :word, nil, 1.5r, "é".encode("UTF-16LE")]
end
def run_bad = { a: ["\\xff"] }
def run_round = [].tap { |list| list << list }
def run_gone = exit(3)
`,
    });
    const host = await createProjectHost({ described: await describeProject(project), env });
    const run = (algorithm: string) => host.run({ id: algorithm, algorithm, args: {} });
    expect(await run('x')).toMatchObject({ resultJson: '[null,12345678901234567890,"word",null,1.5,"é"]' });
    expect(await run('bad')).toMatchObject({
      error: {
        code: 'invalid_output',
        message: expect.stringContaining('/a/0: the text is no valid UTF-8') as string,
      },
    });
    expect(await run('round')).toMatchObject({
      error: { code: 'invalid_output', message: expect.stringContaining('nested too deeply') as string },
    });
    expect(await run('gone')).toMatchObject({ error: { code: 'process_died' } });
    expect(await run('x')).toMatchObject({ ok: true });
    await host.close();
  });
});

const NO_TYPE =
  'expected String, Integer, Float, Boolean, Array<...>, Hash{String => ...}, { name: ... }, Time, Runyard::Bytes, or a Struct or class of the project';

const EXPECTED_PROBLEMS = [
  'lib/more.rb:3: run_more, argument a: Enumerator can only be what the method returns: it streams',
  'runner_adapter.rb:6: run_x, argument typo: there is a comment on it, but no argument of this name; there are a, b, c',
  `runner_adapter.rb:6: run_x, argument a: there is no type Strnig; ${NO_TYPE}`,
  'runner_adapter.rb:6: run_x, argument b: the type [Array<String] cannot be read at its end',
  `runner_adapter.rb:6: run_x, result: there is no type Proc; ${NO_TYPE}`,
  'runner_adapter.rb:7: run_rest, argument words: *words has no names to call it by; take an Array',
  'runner_adapter.rb:8: run_named, argument words: **words has no schema; name the arguments, or take a Hash',
  'runner_adapter.rb:12: run_limits, argument n: {@minimun} is no constraint; did you mean {@minimum}?',
  'runner_adapter.rb:12: run_limits, argument text: {@minimum} is for integer and number, not for {"type":"string"}',
  'runner_adapter.rb:12: run_limits, argument size: Size#width has no type: say `@attr width [Type]` in the comment above the class',
  'runner_adapter.rb:13: run_ctx, argument ctx: ctx comes after the other arguments',
  'runner_adapter.rb:18: batch_texts, argument items: a batch method takes an Array<...> and returns one',
  'runner_adapter.rb:19: run_grün: the name of an algorithm is made of the letters a to z, digits and _',
  'runner_adapter.rb:16: run_limits and batch_limits are both there; an algorithm has one method',
  'runner_adapter.rb:15: run_twice is defined twice; an algorithm has one method',
];
