import { describe, expect, it } from 'vitest';
import { argument } from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeFiles, problemsOf, runAll, told } from './language-project.js';
import { describeTemplate } from './template.js';

describeConformance('rust');

describeTemplate('rust');

describeClassic(
  'rust',
  `use runyard::{Input, Output};

#[derive(Debug)]
pub struct OddWeather(String);

impl std::fmt::Display for OddWeather {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub fn apply(input: Input) -> Result<Output, OddWeather> {
    let value = match input {
        Input::Text(text) => return Ok(Output::Text(format!("hello {text}"))),
        Input::Bytes(bytes) => return Ok(Output::Json(serde_json::json!({"length": bytes.len()}))),
        Input::Json(value) => value,
    };
    if let Some(message) = value["fail"].as_str() {
        return Err(OddWeather(message.to_owned()));
    }
    if let Some(count) = value["bytes"].as_u64() {
        return Ok(Output::Bytes((0..count).map(|at| at as u8).collect::<Vec<u8>>().into()));
    }
    Ok(Output::Json(value))
}
`,
  /apply \(.*echo\.rs:12\)/,
);

describe('what is wrong with a Rust adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const problems = await problemsOf({
      'runner_adapter.rs': [
        'use std::collections::HashMap;',
        'pub struct Plain { a: i64 }',
        'pub fn run_one(a: Plain, b: fn()) {}',
        'fn run_two() -> HashMap<i64, String> { HashMap::new() }',
        'pub async fn run_three<T>(value: T) {}',
        '/// * `size` - {@minimum 1}',
        '/// * `count` - {@least 1}',
        '/// * `nobody` - knows it',
        'pub fn run_four(size: String, count: i64) {}',
        'pub fn batch_four(text: String) -> Vec<String> { Vec::new() }',
        'pub fn batch_five(text: String) {}',
        'pub const LIMITS: &[(&str, runyard::Limits)] = &[("one", most())];',
        'pub const CONCURRENCY: usize = 1 + 1;',
        'pub fn setup(name: String) {}',
      ].join('\n'),
    });
    expect(problems).toEqual([
      'runner_adapter.rs:3: run_one, argument a: Plain has to derive serde::Deserialize',
      expect.stringMatching(/^runner_adapter.rs:3: run_one, argument b: fn \(\) has no form in JSON/),
      'runner_adapter.rs:4: run_two: an algorithm is pub',
      'runner_adapter.rs:4: run_two, result: the keys of a map must be strings, but are i64',
      expect.stringMatching(/^runner_adapter.rs:5: run_three: an algorithm is not async/),
      'runner_adapter.rs:5: run_three: an algorithm has no type parameters: name its types',
      expect.stringMatching(/^runner_adapter.rs:5: run_three, argument value: T has no form in JSON/),
      'runner_adapter.rs:9: run_four, argument size: {@minimum} is for a number, which this is not',
      'runner_adapter.rs:9: run_four, argument count: {@least} is no constraint of JSON Schema that is known here',
      'runner_adapter.rs:9: run_four, argument nobody: the comment tells of it, but the function has no such argument',
      'runner_adapter.rs:10: batch_four: the algorithm four is there already, by run_four',
      expect.stringMatching(
        /^runner_adapter.rs:11: batch_five, argument text: a batch function takes one argument/,
      ),
      expect.stringMatching(/^runner_adapter.rs:11: batch_five, result: a batch function gives a Vec/),
      'runner_adapter.rs:14: setup: expected pub fn setup()',
      expect.stringMatching(/^runner_adapter.rs:12: LIMITS must be written out/),
      'runner_adapter.rs:13: CONCURRENCY must be a whole number from 1 to 1000, written out',
    ]);
  });

  it('is told when it cannot be parsed, when the compiler refuses it, and when it holds no algorithm', async () => {
    expect(await problemsOf({ 'runner_adapter.rs': '\npub fn run_one( {}\n' })).toEqual([
      expect.stringMatching(/^runner_adapter.rs:[23]: /),
    ]);
    const [refused] = await problemsOf({ 'runner_adapter.rs': 'pub fn run_one() -> String { 1 }\n' });
    expect(refused).toContain('mismatched types');
    expect(refused).toContain('runner_adapter.rs:1');
    expect(await problemsOf({ 'runner_adapter.rs': 'pub fn other() {}\n' })).toEqual([
      expect.stringContaining('there is no function run_name'),
    ]);
  });
});

describe('a Rust adapter', () => {
  it('may use crates and modules of its own, and says by serde how its types look', async () => {
    const described = await describeFiles({
      'Cargo.toml': [
        '[package]\nname = "words"\nversion = "0.1.0"\nedition = "2021"',
        '[lib]\npath = "runner_adapter.rs"',
        '[dependencies]\nserde = { version = "1", features = ["derive"] }\nitoa = "1"\nhelper = { path = "helper" }',
      ].join('\n'),
      'helper/Cargo.toml': '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n',
      'helper/src/lib.rs': 'pub fn help() -> &\'static str { "helped" }\n',
      'kinds.rs': [
        'use serde::{Deserialize, Serialize};',
        '#[derive(Serialize, Deserialize)] pub struct Base { pub id: u8 }',
        '#[derive(Serialize, Deserialize)] #[serde(rename_all = "camelCase")]',
        'pub struct Thing {',
        '  #[serde(flatten)] pub base: Base,',
        '  /// For people. {@maxLength 5}',
        '  pub long_name: Option<String>,',
        '  #[serde(default)] pub tags: Vec<String>,',
        '  #[serde(skip)] pub secret: i64,',
        '  pub mode: Mode,',
        '}',
        '#[derive(Serialize, Deserialize)] #[serde(rename_all = "kebab-case")]',
        'pub enum Mode { VeryFast, Level(i32), Both { low: i32, high: i32 } }',
      ].join('\n'),
      'runner_adapter.rs': [
        'mod kinds;',
        'use crate::kinds::Thing;',
        'pub fn run_thing(thing: Thing) -> Thing { thing }',
        'pub fn run_crates() -> String { format!("{} {}", helper::help(), itoa::Buffer::new().format(7)) }',
        'pub fn run_panics(list: Vec<i64>) -> i64 { list[3] }',
        'pub fn run_text() -> Result<(), String> { Err("plain".into()) }',
        'pub fn run_boxed(n: u64) -> Result<Box<dyn Iterator<Item = u64>>, Box<dyn std::error::Error>> {',
        '  if n == 0 { Err(runyard::RequestError { status: 404 })? }',
        '  Ok(Box::new(0..n))',
        '}',
      ].join('\n'),
    });
    expect(argument(described.algorithms[0], 'thing')).toEqual({
      type: 'object',
      properties: {
        id: { type: 'integer', minimum: 0, maximum: 255 },
        longName: {
          anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }],
          description: 'For people.',
        },
        tags: { type: 'array', items: { type: 'string' } },
        mode: {
          anyOf: [
            { type: 'string', enum: ['very-fast'] },
            {
              type: 'object',
              properties: { level: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } },
              required: ['level'],
              additionalProperties: false,
            },
            expect.objectContaining({ required: ['both'] }),
          ],
        },
      },
      required: ['id', 'mode'],
      additionalProperties: false,
    });
    const thing = { id: 1, longName: null, tags: ['a'], mode: { both: { low: 1, high: 2 } } };
    const outcomes = await runAll(described, [
      { algorithm: 'thing', args: { thing } },
      { algorithm: 'crates', args: {} },
      { algorithm: 'panics', args: { list: [] } },
      { algorithm: 'text', args: {} },
      { algorithm: 'boxed', args: { n: 2 } },
      { algorithm: 'boxed', args: { n: 0 } },
    ]);
    expect(outcomes.map(told)).toEqual([
      thing,
      'helped 7',
      'Panic: index out of bounds: the len is 0 but the index is 3',
      'Error: plain',
      [0, 1],
      'RequestError: Error fetching request image, received 404',
    ]);
    const [, , panic] = outcomes;
    expect(panic?.ok === false && panic.error.stacktrace).toMatch(/runner_adapter\.rs:5/);
  });
});

describe('a classic Rust project', () => {
  const project = (source: string): Record<string, string> => ({
    'algorithmia.conf': '{"username": "ada", "algoname": "thing", "language": "rust"}',
    'src/lib.rs': source,
  });

  it('may be src/lib.rs, with types that serde reads and bytes as Vec<u8>', async () => {
    const typed = project(
      [
        'use serde::{Deserialize, Serialize};',
        '#[derive(Deserialize)] pub struct Numbers { a: f64, b: f64 }',
        '#[derive(Serialize)] pub struct Sum { sum: f64 }',
        'pub fn apply(input: Numbers) -> Result<Sum, Box<dyn std::error::Error>> { Ok(Sum { sum: input.a + input.b }) }',
      ].join('\n'),
    );
    const sums = await runAll(await describeFiles(typed), [
      { algorithm: 'thing', args: { a: 1, b: 2 } },
      { algorithm: 'thing', args: { a: 1 } },
    ]);
    expect(sums.map(told)).toEqual([{ sum: 3 }, expect.stringMatching(/^InvalidInput: .*missing field `b`/)]);
    const bytes = project(
      'pub fn apply(mut input: Vec<u8>) -> Result<Vec<u8>, String> { input.push(33); Ok(input) }\n',
    );
    const answers = await runAll(await describeFiles(bytes), [
      { algorithm: 'ada/thing', args: { $binary: 'AQI=' } },
      { algorithm: 'thing', args: 'a', contentType: 'text' },
    ]);
    expect(answers.map(told)).toEqual([{ $binary: 'AQIh' }, { $binary: 'YSE=' }]);
  });

  it('is refused with file and line when it has no such function', async () => {
    const [problem] = await problemsOf(project('\npub fn apply() -> String { String::new() }\n'));
    expect(problem).toContain('src/lib.rs:2: expected pub fn apply(input: T) -> Result<U, E>');
  });
});
