import { describe, expect, it } from 'vitest';
import { argument } from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeFiles, problemsOf, runAll, told } from './language-project.js';
import { describeTemplate } from './template.js';

describeConformance('go');

const MODULE = 'module project\n\ngo 1.19\n';

describeTemplate('go');

describeClassic(
  'go',
  `package echo

import "runyard"

type OddWeather struct{ message string }

func (o OddWeather) Error() string { return o.message }

func Apply(input any) (any, error) {
	switch input := input.(type) {
	case string:
		return "hello " + input, nil
	case []byte:
		return map[string]int{"length": len(input)}, nil
	case map[string]any:
		if message, ok := input["fail"].(string); ok {
			return nil, OddWeather{message}
		}
		if count, ok := input["bytes"].(int64); ok {
			bytes := make([]byte, count)
			for i := range bytes {
				bytes[i] = byte(i)
			}
			return bytes, nil
		}
	}
	return input, nil
}

var _ error = runyard.InvalidInput{}
`,
  /Apply\n.*echo\.go:9/,
);

describe('what is wrong with a Go adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const problems = await problemsOf({
      'go.mod': MODULE,
      'runner_adapter.go': [
        'package main',
        'type Open interface{ Name() string }',
        'func RunOne(a chan int, b func()) {}',
        'func RunTwo(open Open) (string, int) { return "", 0 }',
        'func Run_one(a complex128) {}',
        '// - count: how many {@minimum many}',
        'func RunThree(count int, text ...string) {}',
        '// - size: {@minimum 1}',
        '// - count: {@least 1}',
        'func RunFour(size string, count int) {}',
        'func BatchFive(text string) []string { return nil }',
        '// - nobody: knows it',
        'func RunSix(_ int) map[int]string { return nil }',
      ].join('\n'),
    });
    expect(problems).toEqual([
      'runner_adapter.go:3: RunOne, argument a: chan int has no form in JSON',
      'runner_adapter.go:3: RunOne, argument b: func() has no form in JSON',
      expect.stringMatching(/^runner_adapter.go:4: RunTwo, argument open: .*not exported.*Open has none$/),
      expect.stringMatching(/^runner_adapter.go:4: RunTwo, result: expected one result/),
      'runner_adapter.go:5: Run_one: the algorithm one is there already, by RunOne',
      expect.stringMatching(/^runner_adapter.go:7: RunThree: an algorithm has no type parameters/),
      'runner_adapter.go:10: RunFour, argument size: {@minimum} is for a number, which this is not',
      'runner_adapter.go:10: RunFour, argument count: {@least} is no constraint of JSON Schema that is known here',
      'runner_adapter.go:11: BatchFive, argument text: a batch function takes a slice of items',
      'runner_adapter.go:13: RunSix, argument _: an argument needs a name: callers give it by that',
      'runner_adapter.go:13: RunSix, result: the keys of a map must be strings, but are int',
      'runner_adapter.go:13: RunSix, argument nobody: the comment tells of it, but the function has no such argument',
    ]);
  });

  it('is told when the compiler would refuse it, and when a module is missing', async () => {
    const wrong = {
      'go.mod': MODULE,
      'runner_adapter.go': 'package main\n\nfunc RunOne() string { return 1 }\n',
    };
    expect(await problemsOf(wrong)).toEqual([expect.stringMatching(/^runner_adapter.go:3: .*return/)]);
    const syntax = { 'go.mod': MODULE, 'runner_adapter.go': 'package main\n\nfunc RunOne( {}\n' };
    expect(await problemsOf(syntax)).toEqual([expect.stringMatching(/^runner_adapter.go:3: expected/)]);
    const missing = {
      'go.mod': MODULE,
      'runner_adapter.go': 'package main\n\nimport "example.com/none"\n\nfunc RunOne() { none.Do() }\n',
    };
    expect(await problemsOf(missing)).toContainEqual(
      expect.stringMatching(/^runner_adapter.go:3: no required module provides package example.com\/none/),
    );
  });

  it('is told when limits have to be run, or there is no algorithm', async () => {
    const limits = [
      'package main',
      'import "runyard"',
      'func most() int { return 3 }',
      'var Limits = runyard.Limits{"one": {MaxAttempts: most()}}',
      'const Concurrency = 0',
      'func Setup(name string) {}',
      'func RunOne() {}',
    ];
    expect(await problemsOf({ 'runner_adapter.go': limits.join('\n') })).toEqual([
      'runner_adapter.go:6: Setup: expected func Setup() or func Setup() error',
      expect.stringMatching(/^runner_adapter.go:4: Limits must be written out/),
      'runner_adapter.go:5: Concurrency must be a constant, a whole number from 1 to 1000',
    ]);
    expect(await problemsOf({ 'runner_adapter.go': 'package main\n\nfunc other() {}\n' })).toEqual([
      expect.stringContaining('there is no function RunName'),
    ]);
  });
});

describe('a Go adapter', () => {
  const TEXT = 'golang.org/x/text v0.0.0-20170915032832-14c0d48ead0c';
  const SUMS = [
    `${TEXT} h1:qgOY6WgZOaTkIIMiVjBQcw93ERBE4m30iBm00nkL0i8=`,
    `${TEXT}/go.mod h1:NqM8EUOU14njkJ3fqMW+pc6Ldnwhi/IjpwHt7yyuwOQ=`,
    'rsc.io/quote v1.5.2 h1:w5fcysjrx7yqtD/aO+QwRjYZOKnaM9Uh2b40tElTs3Y=',
    'rsc.io/quote v1.5.2/go.mod h1:LzX7hefJvL54yjefDEDHNONDjII0t9xZLPXsUe+TKr0=',
    'rsc.io/sampler v1.3.0 h1:7uVkIFmeBqHfdjD+gZwtXXI+RODJ2Wc4O7MPEh/QiW4=',
    'rsc.io/sampler v1.3.0/go.mod h1:T1hPZKmBbMNahiBKFy5HrXp6adAjACjK9JXDnKaTXpA=',
    '',
  ];
  const adapter = [
    'package words',
    'import (',
    '  "context"',
    '  "errors"',
    '  "runyard"',
    '  "rsc.io/quote"',
    ')',
    'const Concurrency = 8',
    'type Base struct { ID int `json:"id"` }',
    'type Kind int8',
    'type Item struct {',
    '  Base',
    '  Hidden string `json:"-"`',
    '  secret string',
    '  Kind Kind `json:"kind"`',
    '  // Note is for people. {@maxLength 5}',
    '  Note *string `json:"note"`',
    '  Tags []string `json:"tags,omitempty"`',
    '}',
    'func RunGo() string { return quote.Go() }',
    'func RunItem(item Item) Item { return item }',
    'func RunPanics(list []int) int { return list[3] }',
    'func RunFails(ctx context.Context) error { return errors.New("plain") }',
    'func RunMany(n int) func(yield func(int) bool) error {',
    '  return func(yield func(int) bool) error {',
    '    for i := 0; i < n; i++ { if !yield(i) { return nil } }',
    '    return runyard.RequestError{Status: 404}',
    '  }',
    '}',
  ];

  it('may be any package, with modules of its own, embedded structs and names of its own', async () => {
    const described = await describeFiles({
      'go.mod': `${MODULE}\nrequire (\n  rsc.io/quote v1.5.2\n  rsc.io/sampler v1.3.0\n  ${TEXT}\n)\n`,
      'go.sum': SUMS.join('\n'),
      'runner_adapter.go': adapter.join('\n'),
    });
    expect(described.algorithms.map(({ name }) => name)).toEqual(['go', 'item', 'panics', 'fails', 'many']);
    expect(argument(described.algorithms[1], 'item')).toEqual({
      type: 'object',
      properties: {
        id: { type: 'integer' },
        kind: { type: 'integer', minimum: -128, maximum: 127 },
        note: {
          anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }],
          description: 'Note is for people.',
        },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['id', 'kind'],
      additionalProperties: false,
    });
    const outcomes = await runAll(described, [
      { algorithm: 'go', args: {} },
      { algorithm: 'item', args: { item: { id: 1, kind: 2 } } },
      { algorithm: 'panics', args: { list: [] } },
      { algorithm: 'fails', args: {} },
      { algorithm: 'many', args: { n: 2 } },
    ]);
    expect(outcomes.map(told)).toEqual([
      "Don't communicate by sharing memory, share memory by communicating.",
      { id: 1, kind: 2, note: null },
      'Panic: runtime error: index out of range [3] with length 0',
      'error: plain',
      'RequestError: Error fetching request image, received 404',
    ]);
    const [, , panic] = outcomes;
    expect(panic?.ok === false && panic.error.stacktrace).toMatch(/RunPanics[^]*runner_adapter\.go:22/);
  });
});

describe('a classic Go project', () => {
  const project = (source: string): Record<string, string> => ({
    'algorithmia.conf': '{"username": "ada", "algoname": "thing", "language": "go"}',
    'src/thing.go': source,
  });

  it('takes text, bytes and JSON by the type of its parameter, and answers by that of its result', async () => {
    const bytes = project(
      'package thing\n\nfunc Apply(input []byte) ([]byte, error) { return append(input, 33), nil }\n',
    );
    const outcomes = await runAll(await describeFiles(bytes), [
      { algorithm: 'ada/thing', args: { $binary: 'AQI=' } },
      { algorithm: 'thing', args: 'a', contentType: 'text' },
    ]);
    expect(outcomes.map(told)).toEqual([{ $binary: 'AQIh' }, { $binary: 'YSE=' }]);
    const typed = project(
      [
        'package main',
        'import "errors"',
        'type Input struct { A, B int }',
        'func Apply(input Input) (any, error) {',
        '  if input.B == 0 { return nil, errors.New("no B") }',
        '  return map[string]any{"quotient": input.A / input.B, "list": []int(nil)}, nil',
        '}',
      ].join('\n'),
    );
    const answers = await runAll(await describeFiles(typed), [
      { algorithm: 'thing', args: { A: 6, B: 3 } },
      { algorithm: 'thing', args: { A: 6, B: 0 } },
      { algorithm: 'thing', args: 'six', contentType: 'text' },
    ]);
    expect(answers.map(told)).toEqual([
      { quotient: 2, list: [] },
      'error: no B',
      'InvalidInput: the input does not fit: expected an object at byte 0',
    ]);
  });

  it('is refused with file and line when it has no such function', async () => {
    const [problem] = await problemsOf(
      project('package main\n\nfunc Apply(a, b string) string { return a }\n'),
    );
    expect(problem).toContain('src/thing.go:3: expected func Apply(input T) (U, error)');
  });
});
