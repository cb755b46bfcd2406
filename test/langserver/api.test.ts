import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventStreamParser, type StreamEvent } from '../../src/http/index.js';
import {
  call,
  createFolder,
  createProject,
  openLangServer,
  until,
  withoutDuration,
} from './langserver-fixture.js';

const BAD_INPUT = 'Failed to build algorithm input from request: ';

/** The document of a request that never reached an algorithm. */
function systemError(message: string): string {
  return JSON.stringify({ error: { type: 'SystemError', message } });
}

describe('the LangServer', () => {
  it('is alive at any path', async () => {
    const { url } = await openLangServer();
    for (const path of ['/', '/v1/algo/ann/hello', '/a/b/c?d=e', '/%20']) {
      const answer = await call(url + path, undefined, {}, 'GET');
      expect(answer).toEqual({
        status: 200,
        type: 'application/json',
        text: '{"result":"LangServer alive."}',
      });
    }
  });

  it.each(['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'])('takes no %s', async (method) => {
    const { url } = await openLangServer();
    const answer = await call(`${url}/x`, undefined, {}, method);
    expect(answer.status).toBe(405);
    if (method !== 'HEAD') expect(answer.text).toBe(systemError('Method not allowed'));
  });

  it('answers byte for byte, at any path, in the order of old', async () => {
    const { url } = await openLangServer();
    const body = '{"op":"print","lines":["one","!two","three"]}';
    const first = await call(`${url}/metrics`, body);
    expect([first.status, first.type]).toEqual([200, 'application/json']);
    const { metadata } = JSON.parse(first.text) as { metadata: { duration: number; stdout: string } };
    expect(metadata.duration).toBeGreaterThan(0);
    expect(metadata.duration).toBeLessThan(60);
    expect(metadata.stdout.split('\n').sort()).toEqual(['', '!two', 'loading', 'one', 'three'].sort());
    const second = await call(url, '"algorithmia"');
    expect(withoutDuration(second)).toBe(
      '{"result":{"content_type": "json", "data": "algorithmia"},' +
        '"metadata":{"duration":0,"stdout":"","stderr":"","content_type":"json"}}',
    );
  });

  it('gives the errors of algorithms with what they have, and no content type', async () => {
    const { url } = await openLangServer({ source: createProject('pipe.mjs') });
    expect(withoutDuration(await call(url, '{"op":"throw"}'))).toBe(
      '{"error":{"message":"no","error_type":"AlgorithmError","stacktrace":"at here"},' +
        '"metadata":{"duration":0,"stdout":"","stderr":""}}',
    );
  });

  it('hands text, JSON and bytes on by their type', async () => {
    const { url } = await openLangServer();
    const cases: [string | Buffer, Record<string, string>, string][] = [
      [
        'ünd "so"\n',
        { 'content-type': 'text/plain' },
        '{"content_type": "text", "data": "\\u00fcnd \\"so\\"\\n"}',
      ],
      ['x', { 'content-type': 'Text/Plain; charset=utf-8' }, '{"content_type": "text", "data": "x"}'],
      [
        '{\r\n "a": [1,\n 2.50]}',
        { 'content-type': 'application/json' },
        '{"content_type": "json", "data": {"a": [1, 2.5]}}',
      ],
      [
        Buffer.from([0, 255, 10]),
        { 'content-type': 'application/octet-stream' },
        '{"content_type": "binary", "data": "AP8K"}',
      ],
      [
        'AP8K',
        { 'content-type': 'application/octet-stream', 'content-encoding': 'base64' },
        '{"content_type": "binary", "data": "AP8K"}',
      ],
      ['', { 'content-type': 'text/plain' }, '{"content_type": "text", "data": ""}'],
    ];
    for (const [body, headers, expected] of cases) {
      const answer = await call(url, body, headers);
      expect(answer.text).toContain(`{"result":${expected},"metadata":`);
    }
  });

  it('gives bytes as the algorithm wrote them, line ends included', async () => {
    const { url } = await openLangServer();
    const { text } = await call(url, '{"op":"bytes"}');
    const { result, metadata } = JSON.parse(text) as { result: string; metadata: { content_type: string } };
    expect(metadata.content_type).toBe('binary');
    expect(result).toContain('\n');
    expect([...Buffer.from(result, 'base64')]).toEqual(Array.from({ length: 256 }, (_, index) => index));
  });

  it.each([
    ['no type', 'x', {}, 'bad request: Missing ContentType'],
    ['another type', 'x', { 'content-type': 'application/xml' }, 'bad request: Missing ContentType'],
    ['a type that is none', 'x', { 'content-type': ';;' }, 'bad request: Missing ContentType'],
    [
      'another encoding',
      'x',
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      'bad request: Unexpected ContentEncoding gzip',
    ],
    [
      'several encodings',
      'x',
      { 'content-type': 'text/plain', 'content-encoding': 'base64, base64' },
      'bad request: Too many ContentEncoding headers Error',
    ],
    [
      'text that is no UTF-8',
      Buffer.from([0xff, 0xfe]),
      { 'content-type': 'text/plain' },
      'IO error - stream did not contain valid UTF-8',
    ],
  ])('refuses %s', async (_what, body, headers, message) => {
    const { url } = await openLangServer();
    // Not by fetch, which adds a type of its own.
    const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sent = httpRequest(url, { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
    expect(answer).toEqual({ status: 400, text: systemError(BAD_INPUT + message) });
  });

  it.each(['{', '', 'nonsense', '{"a":1}x'])('refuses the malformed JSON %j', async (body) => {
    const { url } = await openLangServer();
    const answer = await call(url, body);
    expect(answer.status).toBe(400);
    const { error } = JSON.parse(answer.text) as { error: { type: string; message: string } };
    expect(error.type).toBe('SystemError');
    expect(error.message).toMatch(new RegExp(`^${BAD_INPUT}JSON error - `));
    expect(Object.keys(error)).toEqual(['type', 'message']);
  });

  it('refuses a body over the limit', async () => {
    const { url } = await openLangServer({ langserver: { bodyLimitBytes: 1000 } });
    expect((await call(url, JSON.stringify('x'.repeat(2000)))).status).toBe(413);
  });

  it('lets no page of another site call it', async () => {
    const { url } = await openLangServer();
    const headers = { 'content-type': 'text/plain', origin: 'http://elsewhere' };
    expect((await call(url, 'x', headers)).status).toBe(403);
  });

  it('tells its figures at GET /metrics', async () => {
    const { url } = await openLangServer();
    await call(url, '1');
    const { text } = await call(`${url}/metrics`, undefined, {}, 'GET');
    expect(text).toMatch(/runyard_runs_total\{algorithm="ann\/hello",outcome="ok"\} 1/);
  });

  it('tells what is printed as it is printed, to those who ask for events', async () => {
    const { url } = await openLangServer();
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const { type, text } = await call(url, '{"op":"print","lines":["one","!two"]}', headers);
    expect(type).toBe('text/event-stream');
    const events: StreamEvent[] = [];
    new EventStreamParser((event) => events.push(event)).push(text);
    expect(events.map(({ event }) => event)).toEqual(['log', 'log', 'result']);
    expect(events.slice(0, 2).map(({ data }) => data)).toEqual(
      expect.arrayContaining(['{"stream":"stdout","line":"one"}', '{"stream":"stderr","line":"!two"}']),
    );
    expect(JSON.parse(events[2]?.data ?? '')).toMatchObject({
      result: 'printed',
      metadata: { stderr: '!two\n' },
    });
    const failed = await call(url, '{"op":"fail","message":"m","error_type":"E"}', headers);
    expect(failed.text).toMatch(/^event: error\ndata: \{"error":\{"message":"m","error_type":"E"/);
  });
});

describe('a request to the LangServer', () => {
  it('whose process dies is answered at once; the next one is served by another process', async () => {
    const { url } = await openLangServer();
    await call(url, '1');
    expect(withoutDuration(await call(url, '{"op":"exit","code":3}'))).toBe(
      '{"error":{"message":"exited with code 3","error_type":"SystemExit"},' +
        '"metadata":{"duration":0,"stdout":"","stderr":""}}',
    );
    expect((await call(url, '2')).text).toContain('"data": 2');
    expect((await call(url, '{"op":"kill"}')).text).toContain('"exited with code -99"');
    expect((await call(url, '3')).text).toContain('"data": 3');
  });

  it('over its time limit is ended, and so is its process', async () => {
    const { url } = await openLangServer({ langserver: { timeoutMs: 300 } });
    const slow = call(url, '{"op":"sleep","seconds":60}');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = call(url, '7');
    expect((await slow).text).toContain('"error_type":"TimeoutError"');
    expect((await next).text).toContain('"data": 7');
  });

  it('waits for its turn behind others, in the order they came', async () => {
    const { url } = await openLangServer();
    const ends: number[] = [];
    const calls: Promise<void>[] = [];
    for (let number = 0; number < 8; number += 1) {
      calls.push(call(url, `{"op":"sleep","seconds":0.05}`).then(() => void ends.push(number)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(calls);
    expect(ends).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has company where more processes are wanted', async () => {
    const { url } = await openLangServer({ langserver: { processes: 3 } });
    const slow = Promise.all([1, 2].map(() => call(url, '{"op":"sleep","seconds":2}')));
    let isOver = false;
    void slow.then(() => (isOver = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await call(url, '1')).text).toContain('"data": 1');
    expect(isOver).toBe(false);
    await slow;
  });

  it('that cannot even wait is told to come back', async () => {
    const { url } = await openLangServer({ langserver: { maxWaiting: 1 } });
    const calls = Array.from({ length: 4 }, () => call(url, '{"op":"sleep","seconds":0.5}'));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503, 503]);
  });

  it('is cancelled when its caller goes away', async () => {
    const { url } = await openLangServer();
    const gone = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"op":"sleep","seconds":60}',
      signal: AbortSignal.timeout(300),
    });
    await expect(gone).rejects.toThrow();
    expect((await call(url, '1')).text).toContain('"data": 1');
  });
});

describe('DELETE', () => {
  it('ends the process and then the server, and tells how the process ended', async () => {
    const part = await openLangServer();
    await call(part.url, '1');
    const answer = await call(part.url, undefined, {}, 'DELETE');
    expect(answer).toEqual({ status: 200, type: 'application/json', text: '{"result":"Runner exited: 0"}' });
    await part.ended;
    expect((await call(part.url, '1')).status).toBe(503);
  });

  it('kills a process that does not end within three seconds', async () => {
    const part = await openLangServer();
    const slow = call(part.url, '{"op":"sleep","seconds":60}').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    const answer = await call(part.url, undefined, {}, 'DELETE');
    expect(answer.text).toBe('{"result":"Runner exited: -99"}');
    expect(performance.now() - began).toBeGreaterThan(2900);
    await slow;
  });
});

describe('with exitWithChild', () => {
  it('the server ends when its process does, as the original one did', async () => {
    const part = await openLangServer({ langserver: { exitWithChild: true } });
    let hasEnded = false;
    void part.ended.then(() => (hasEnded = true));
    await call(part.url, '1');
    expect(hasEnded).toBe(false);
    expect((await call(part.url, '{"op":"exit","code":1}')).text).toContain('exited with code 1');
    await until('the server ends', () => hasEnded);
  });
});

describe('a typed project behind the LangServer', () => {
  it('has the JSON object as its arguments, and the algorithm named by the path', async () => {
    const source = createFolder();
    writeFileSync(
      join(source, 'runner_adapter.js'),
      '/** @param {string} name */\nexport function run_greet(name) { return `Hello ${name}`; }\n' +
        '/** @param {number} a @param {number} b */\nexport function run_add(a, b) { return { sum: a + b }; }\n',
    );
    const { url } = await openLangServer({ source });
    for (const path of ['/greet', '/v1/algo/anybody/greet', '/greet/?x=y']) {
      expect(withoutDuration(await call(url + path, '{"name":"Ada"}'))).toBe(
        '{"result":"Hello Ada","metadata":{"duration":0,"stdout":"","stderr":"","content_type":"text"}}',
      );
    }
    expect((await call(`${url}/add`, '{"a":1,"b":2}')).text).toMatch(/^\{"result":\{"sum":3\},"metadata":/);
    expect((await call(`${url}/add`, '{"a":1}')).text).toContain(
      '"error":{"message":"The arguments do not fit',
    );
    const lost = await call(url, '{}');
    expect([lost.status, lost.text]).toEqual([
      400,
      systemError(`${BAD_INPUT}bad request: expected one of the paths /greet, /add`),
    ]);
  });
});
