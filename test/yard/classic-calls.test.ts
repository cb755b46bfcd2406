import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess } from '../cli/cli-process.js';

/** A classic project that calls what its input names, and says what came back. */
const CALLERS = {
  python: [
    'py',
    `import Algorithmia

def apply(input):
    try:
        response = Algorithmia.client().algo(input["algorithm"]).pipe(input["input"])
        result = response.result
        return {"result": list(result) if isinstance(result, bytearray) else result, "type": response.metadata.content_type}
    except Algorithmia.AlgorithmException as error:
        return {"error": str(error), "type": error.error_type}
`,
  ],
  javascript: [
    'js',
    `const algorithmia = require('algorithmia');
exports.apply = async (input, callback) => {
  const { result, error, metadata } = await algorithmia.client().algo(input.algorithm).pipe(input.input);
  callback(null, error ? { error: error.message, type: error.error_type } : { result, type: metadata.content_type });
};
`,
  ],
  typescript: [
    'ts',
    `import algorithmia from 'algorithmia';
export async function apply(input: { algorithm: string; input: unknown }) {
  const { result, error, metadata } = await algorithmia.client().algo(input.algorithm).pipe(input.input);
  return error ? { error: error.message, type: error.error_type } : { result, type: metadata.content_type };
}
`,
  ],
  ruby: [
    'rb',
    `require "algorithmia"

def apply(input)
  response = Algorithmia.client.algo(input["algorithm"]).pipe(input["input"])
  { result: response.result, type: response.content_type }
rescue Algorithmia::AlgorithmException => e
  { error: e.message, type: e.error_type }
end
`,
  ],
} as const;

const TYPED = `
export function run_shout(text: string): string { return text.toUpperCase(); }
export function run_fail(): string { throw new TypeError('no luck'); }
`;

describe('classic algorithms that call others', () => {
  const dir = mkdtempSync(join(tmpdir(), 'runyard-classic-calls-'));
  let yard: CliProcess;
  let gateway = '';

  beforeAll(async () => {
    for (const [language, [ending, source]] of Object.entries(CALLERS)) {
      mkdirSync(join(dir, language, 'src'), { recursive: true });
      const conf = { username: 'ann', algoname: `call_${language}`, language };
      writeFileSync(join(dir, language, 'algorithmia.conf'), JSON.stringify(conf));
      writeFileSync(join(dir, language, 'src', `call_${language}.${ending}`), source);
    }
    mkdirSync(join(dir, 'typed'));
    writeFileSync(join(dir, 'typed/runner_adapter.ts'), TYPED);
    const data = join(dir, '.data');
    yard = new CliProcess(['up', dir, '--port', '0', '--data', data, '--no-watch'], {
      env: { RUNYARD_DISCOVERY_PORT: '0', RUNYARD_RUNNER_PORT: '0', RUNYARD_LIMITS_CALL_DEPTH: '4' },
    });
    const [, url = ''] = await yard.waitFor(/gateway\s+(http:\/\/\S+)/);
    gateway = url;
  });
  afterAll(async () => {
    await yard.end();
    rmSync(dir, { recursive: true, force: true });
  });

  const call = async (language: string, algorithm: string, input: unknown): Promise<unknown> => {
    const response = await fetch(`${gateway}/v1/algo/ann/call_${language}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ algorithm, input }),
    });
    const document = (await response.json()) as { result?: unknown; error?: unknown };
    return document.result ?? document;
  };

  describe.each(Object.keys(CALLERS))('in %s', (language) => {
    it('get what a typed one gives', async () => {
      const answer = await call(language, 'any/shout', { text: 'hi' });
      expect(answer).toEqual({ result: 'HI', type: 'text' });
    });

    it('get what another classic one gives', async () => {
      const inner = { algorithm: 'any/shout', input: { text: 'deep' } };
      expect(await call(language, 'ann/call_python', inner)).toEqual({
        result: { result: 'DEEP', type: 'text' },
        type: 'json',
      });
    });

    it('are told how it failed', async () => {
      expect(await call(language, 'any/fail', {})).toEqual({ error: 'no luck', type: 'TypeError' });
      expect(await call(language, 'any/nobody', {})).toMatchObject({ error: expect.any(String) as string });
    });

    it('are stopped when they go in circles', async () => {
      const circle = (depth: number): unknown =>
        depth === 0
          ? { algorithm: 'any/shout', input: { text: 'x' } }
          : { algorithm: `ann/call_${language}`, input: circle(depth - 1) };
      expect(JSON.stringify(await call(language, `ann/call_${language}`, circle(8)))).toContain('deep');
    });
  });
});
