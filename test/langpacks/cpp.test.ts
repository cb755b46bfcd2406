import { describe, expect, it } from 'vitest';
import { argument } from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeFiles, problemsOf, runAll, told } from './language-project.js';
import { describeTemplate } from './template.js';

describeConformance('cpp');

describeTemplate('cpp');

describeClassic(
  'cpp',
  `#include <runyard.hpp>

struct OddWeather : std::runtime_error {
    using std::runtime_error::runtime_error;
};

runyard::Any apply(const runyard::Any &input) {
    if (const auto *text = std::get_if<std::string>(&input)) return "hello " + *text;
    if (const auto *bytes = std::get_if<runyard::Bytes>(&input)) return runyard::Json{{"length", bytes->size()}};
    const auto &value = std::get<runyard::Json>(input);
    if (value.is_object() && value.contains("fail")) throw OddWeather(value["fail"].get<std::string>());
    if (value.is_object() && value.contains("bytes")) {
        runyard::Bytes bytes;
        for (int at = 0; at < value["bytes"].get<int>(); ++at) bytes.push_back(std::uint8_t(at));
        return bytes;
    }
    return value;
}
`,
  /in apply \(src\/echo\.cpp:7\)/,
);

describe('what is wrong with a C++ adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const problems = await problemsOf({
      'runner_adapter.cpp': [
        '#include <runyard.hpp>',
        'class Closed { int a; };',
        'struct Base {}; struct Derived : Base { int a; };',
        'void run_one(Closed a, Derived b, int *c) {}',
        'std::map<int, std::string> run_two(std::string &text) { return {}; }',
        'template <class T> void run_three(T value) {}',
        '/// @param size {@minimum 1}',
        '/// @param count {@least 1}',
        '/// @param nobody knows it',
        'void run_four(std::string size, int count) {}',
        'std::vector<int> batch_four(std::string text);',
        'void batch_five(std::string text) {}',
        'void run_six(void (*callback)(int)) {}',
        'const runyard::Limits limits = {{"one", most()}};',
        'constexpr int concurrency = 0;',
        'void setup(int level) {}',
      ].join('\n'),
    });
    const at = (place: string, text: string): unknown =>
      expect.stringMatching(new RegExp(`^runner_adapter.cpp:${place}: .*${text}`));
    expect(problems).toEqual([
      at('4: run_one, argument a', 'Closed cannot be described: it '),
      at('4: run_one, argument b', 'Derived cannot be described: it has a base'),
      at('4: run_one, argument c', 'has no form in JSON: take a value'),
      at('5: run_two, argument text', 'by value or by const reference'),
      at('5: run_two, result', 'the keys of a map must be strings, but are int'),
      at('6: run_three', 'an algorithm is no template: name its types'),
      at('10: run_four, argument nobody', 'no such argument'),
      at('10: run_four, argument size', 'is for a number, which this is not'),
      at('10: run_four, argument count', 'is no constraint of JSON Schema that is known here'),
      at('11: batch_four', 'the algorithm four is there already, by run_four'),
      at('12: batch_five, argument text', 'a batch function takes one argument, a std::vector of items'),
      at('12: batch_five, result', 'gives a std::vector'),
      at('13: run_six', 'its parameters cannot be read'),
      at('16: setup', 'expected void setup\\(\\)'),
      at('14', 'limits must be written out'),
      at('15', 'concurrency must be a whole number from 1 to 1000'),
    ]);
  });

  it('is told when the compiler refuses it, and when it holds no algorithm', async () => {
    const [refused] = await problemsOf({ 'runner_adapter.cpp': 'int run_one() { return nothing; }\n' });
    expect(refused).toMatch(/runner_adapter.cpp:1:\d+: error: .nothing. was not declared/);
    expect(await problemsOf({ 'runner_adapter.cpp': 'void other() {}\n' })).toEqual([
      expect.stringContaining('there is no function run_name'),
    ]);
  });
});

describe('a C++ adapter', () => {
  it('may have other files, namespaces, libraries, and defaults of its own', async () => {
    const described = await describeFiles({
      'compile_flags.txt': '-DSUFFIX=33\n-lm\n',
      'words/thing.hpp': [
        '#pragma once',
        '#include <string>',
        '#include <vector>',
        'namespace words {',
        'enum class Mode { kFast, SLOW };',
        'struct Thing {',
        '  unsigned char id;',
        '  std::string name = "none"; // For people. {@maxLength 5}',
        '  std::vector<std::string> tags = {};',
        '  Mode mode{Mode::SLOW};',
        '  bool empty() const { return tags.empty(); }',
        '};',
        'std::string helped();',
        '}',
      ].join('\n'),
      'helper.cpp':
        '#include "words/thing.hpp"\nstd::string words::helped() { return std::string("helped") + char(SUFFIX); }\n',
      'runner_adapter.cpp': [
        '#include "words/thing.hpp"',
        '#include <runyard.hpp>',
        'namespace words {',
        'Thing run_thing(const Thing &thing) { return thing; }',
        '}',
        'std::string run_helped() { return words::helped(); }',
        'int run_at(const std::vector<int> &list) { return list.at(3); }',
        'void run_text() { throw "plain"; }',
        'std::string run_default(std::string text = std::string("a") + "b", double x = 1.5) { return text + std::to_string(x); }',
        'void run_many(int n, runyard::Stream<int> &out, runyard::Context ctx) {',
        '  for (int i = 0; i < n; ++i) out.send(i);',
        '  ctx.log("done");',
        '}',
      ].join('\n'),
    });
    expect(argument(described.algorithms[0], 'thing')).toEqual({
      type: 'object',
      properties: {
        id: { type: 'integer', minimum: 0, maximum: 255 },
        name: { type: 'string', maxLength: 5, description: 'For people.' },
        tags: { type: 'array', items: { type: 'string' } },
        mode: { type: 'string', enum: ['fast', 'slow'] },
      },
      required: ['id'],
      additionalProperties: false,
    });
    expect(described.algorithms.find(({ name }) => name === 'default')?.input).toMatchObject({
      properties: { x: { type: 'number', default: 1.5 } },
      required: [],
    });
    const outcomes = await runAll(described, [
      { algorithm: 'thing', args: { thing: { id: 1 } } },
      { algorithm: 'helped', args: {} },
      { algorithm: 'at', args: { list: [] } },
      { algorithm: 'text', args: {} },
      { algorithm: 'default', args: {} },
      { algorithm: 'many', args: { n: 2 } },
    ]);
    expect(outcomes.map(told)).toEqual([
      { id: 1, name: 'none', tags: [], mode: 'slow' },
      'helped!',
      expect.stringMatching(/^out_of_range: vector::_M_range_check/),
      'Error: plain',
      'ab1.500000',
      [0, 1],
    ]);
    const [, , range] = outcomes;
    expect(range?.ok === false && range.error.stacktrace).toMatch(/in run_at \(runner_adapter\.cpp:7\)/);
  });
});

describe('a classic C++ project', () => {
  const project = (source: string): Record<string, string> => ({
    'algorithmia.conf': '{"username": "ada", "algoname": "thing", "language": "c++"}',
    'src/thing.cpp': source,
  });

  it('takes structs out of JSON, and is refused with file and line when it takes what cannot be read', async () => {
    const typed = project(
      [
        '#include <runyard.hpp>',
        'struct Numbers { double a; double b; };',
        'double apply(const Numbers &numbers) { return numbers.a + numbers.b; }',
      ].join('\n'),
    );
    const sums = await runAll(await describeFiles(typed), [
      { algorithm: 'thing', args: { a: 1, b: 2 } },
      { algorithm: 'ada/thing', args: { a: 1 } },
    ]);
    expect(sums.map(told)).toEqual([3, 'InvalidInput: /b: missing']);
    const [two] = await problemsOf(project('\nint apply(int a, int b) { return a + b; }\n'));
    expect(two).toContain('src/thing.cpp:2: expected Result apply(const Input &input)');
    const [pointer] = await problemsOf(project('int apply(int *a) { return *a; }\n'));
    expect(pointer).toContain('src/thing.cpp:1: int* has no form in JSON');
  });
});
