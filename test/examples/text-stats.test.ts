import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../examples/text-stats', import.meta.url));
const PROGRAM = `
import json, sys, types
import runner_adapter
name, arguments = json.load(sys.stdin)
result = getattr(runner_adapter, name)(**arguments)
print(json.dumps(list(result) if isinstance(result, types.GeneratorType) else result))
`;

function call(name: string, args: object): unknown {
  const input = JSON.stringify([name, args]);
  return JSON.parse(execFileSync('python3', ['-B', '-c', PROGRAM], { cwd: folder, input, encoding: 'utf8' }));
}

describe('text statistics', () => {
  it('counts characters, words and sentences, and lists the most frequent words', () => {
    expect(call('run_text_stats', { text: 'To be, or not to be. That is it!', top: 2 })).toEqual({
      characters: 32,
      words: 9,
      sentences: 2,
      unique_words: 7,
      mean_word_length: 2.33,
      reading_seconds: 2,
      most_common: [
        { word: 'be', count: 2 },
        { word: 'to', count: 2 },
      ],
    });
  });

  it('an empty text has no words and no sentences', () => {
    expect(call('run_text_stats', { text: '' })).toMatchObject({
      words: 0,
      sentences: 0,
      mean_word_length: 0,
    });
  });

  it('a sentence without a full stop counts', () => {
    expect(call('run_text_stats', { text: 'One. Two' })).toMatchObject({ sentences: 2 });
  });

  it('words may hold apostrophes, hyphens and letters of any script', () => {
    expect(call('run_text_stats', { text: "It's a well-known Übung для 42" })).toMatchObject({ words: 5 });
  });

  it('keywords leave out short words and can be put in alphabetical order', () => {
    const text = 'zebra apple zebra and the apple zebra';
    expect(call('run_keywords', { text })).toEqual([
      { word: 'zebra', count: 3 },
      { word: 'apple', count: 2 },
    ]);
    expect(call('run_keywords', { text, order: 'alphabet', top: 2 })).toMatchObject([
      { word: 'apple' },
      { word: 'zebra' },
    ]);
  });

  it('counting streams the running total of each line', () => {
    expect(call('run_count_words', { text: 'to be\nor not to be' })).toEqual([
      { word: 'to', count: 1 },
      { word: 'be', count: 1 },
      { word: 'or', count: 1 },
      { word: 'not', count: 1 },
      { word: 'to', count: 2 },
      { word: 'be', count: 2 },
    ]);
  });
});
