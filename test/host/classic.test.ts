import { describe, expect, it } from 'vitest';
import type { ProcessExit } from '../../src/host/index.js';
import type { LogLine, RunOutcome } from '../../src/protocol/index.js';
import { openClassic } from './classic-fixture.js';
import { endOf, resultOf, runOn, until } from './host-fixture.js';

/** A failed run's class, code, type and message. */
async function failureOf(outcome: Promise<RunOutcome>): Promise<string[]> {
  const ended = await outcome;
  if (ended.ok) return ['ok'];
  const { class: kind, code, errorType, message } = ended.error;
  return [kind, code, errorType ?? '-', message];
}

describe('a classic process', () => {
  const values = [{ a: [1, 'é', null] }, ['list'], 'text', 12.5, true, null, '', 'line\nline', '"quoted"'];

  it.each([
    ['pipe.py', 'each'],
    ['pipe.py', 'bare'],
    ['pipe.py', 'pieces'],
    ['pipe.py', 'late-newline'],
    ['pipe.py', 'kept'],
    ['pipe.py', 'double'],
    ['pipe.mjs', 'each'],
  ])('%s answers values of every type (%s)', async (file, manner) => {
    const host = await openClassic(file, { env: { MANNER: manner } });
    for (const data of values) {
      expect(await resultOf(runOn(host, 'x', data))).toEqual({ content_type: 'json', data });
    }
    expect(host.health()).toMatchObject({ starts: 1, crashes: 0 });
  });

  it('answers from the shell, over lines, with noise between', async () => {
    const host = await openClassic('pipe.sh');
    const outcome = await runOn(host, 'ann/x', [1, 2]);
    expect(outcome).toMatchObject({ ok: true });
    expect(outcome.logs.map(({ line }) => line)).toEqual(['noise in the middle']);
    expect(await resultOf(Promise.resolve(outcome))).toEqual({ content_type: 'json', data: [1, 2] });
  });

  it('is given text as text and bytes as base64', async () => {
    const host = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', 'hi', { contentType: 'text' }))).toEqual({
      content_type: 'text',
      data: 'hi',
    });
    expect(await resultOf(runOn(host, 'x', { $binary: 'aGk=' }))).toEqual({
      content_type: 'binary',
      data: 'aGk=',
    });
  });

  it('is given JSON text as its caller wrote it, numbers of any length included', async () => {
    const host = await openClassic('pipe.sh');
    const argsJson = '[12345678901234567890, 1.10]';
    const outcome = await runOn(host, 'x', JSON.parse(argsJson), { argsJson });
    expect(outcome).toMatchObject({ resultJson: `{"content_type":"json","data":${argsJson}}` });
  });

  it('gives bytes in base64 without line ends, and says how it wrote them', async () => {
    const host = await openClassic('pipe.py');
    const outcome = await runOn(host, 'x', { op: 'bytes' });
    if (!outcome.ok) throw new Error(outcome.error.message);
    const expected = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('base64');
    expect(JSON.parse(outcome.resultJson)).toEqual({ $binary: expected });
    expect(outcome.written?.contentType).toBe('binary');
    expect(outcome.written?.json).toContain('\\n');
  });

  it('gives its errors with message, type and stack; a type that is no text is AlgorithmError', async () => {
    const host = await openClassic('pipe.py');
    const failed = await runOn(host, 'x', { op: 'fail', message: 'bad', error_type: 'InvalidInput' });
    expect(failed).toMatchObject({
      error: { class: 'failed', message: 'bad', errorType: 'InvalidInput', stacktrace: 'a stack' },
    });
    for (const type of [null, 7, { name: 'x' }, '']) {
      const [, , errorType] = await failureOf(
        runOn(host, 'x', { op: 'fail', message: 'm', error_type: type }),
      );
      expect(errorType).toBe('AlgorithmError');
    }
    const other = await openClassic('pipe.mjs');
    expect(await failureOf(runOn(other, 'x', { op: 'throw' }))).toEqual([
      'failed',
      'algorithm_error',
      'AlgorithmError',
      'no',
    ]);
  });

  it('has what it prints with its answer, empty lines included, and the rest told apart', async () => {
    const idle: LogLine[] = [];
    const host = await openClassic('pipe.py', { onIdleLine: (line) => idle.push(line) });
    const outcome = await runOn(host, 'x', { op: 'print', lines: ['a', '', '!b', ' c '] });
    const lines = outcome.logs.map(({ stream, line }) => `${stream}: ${line}`);
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
      'stdout: a',
      'stdout: ',
      'stdout:  c ',
    ]);
    expect(lines.filter((line) => line.startsWith('stderr'))).toEqual(['stderr: !b']);
    expect(idle.map(({ line }) => line)).toEqual(['loading']);
  });
});

describe('an answer beyond the one that was asked for', () => {
  it('is dropped, however large, and never given to the next request', async () => {
    const host = await openClassic('pipe.py', { env: { MANNER: 'double-large' } });
    for (let number = 0; number < 20; number += 1) {
      expect(await resultOf(runOn(host, 'x', number))).toEqual({ content_type: 'json', data: number });
    }
    expect(host.health()).toMatchObject({ crashes: 0 });
  });

  it('is dropped while nothing runs', async () => {
    const host = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', { op: 'stray', count: 3 }))).toBe('first');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await resultOf(runOn(host, 'x', 5))).toEqual({ content_type: 'json', data: 5 });
    expect(host.health()).toMatchObject({ starts: 1, crashes: 0 });
  });

  it('ends the process when it comes again and again', async () => {
    const host = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', { op: 'stray', count: 1000 }))).toBe('first');
    await until('the process is replaced', () => host.health().crashes === 1);
    expect(host.health().lastError).toContain('keeps writing answers to no request');
    expect(await resultOf(runOn(host, 'x', 1))).toEqual({ content_type: 'json', data: 1 });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['hello', 'no JSON object: "hello"'],
    ['[1]', 'no JSON object: "[1]"'],
    ['{"result": nope}', "no JSON: 'o' where it has no place"],
    ['{"result": NaN}', "no JSON: 'N' where it has no place"],
    ['{"result": "a\nb"}', 'no JSON: the control character 10'],
    ['{"other": 1}', 'neither a result nor an error: "{\\"other\\": 1}"'],
  ])('%j ends the process, with the reason', async (text, reason) => {
    const host = await openClassic('pipe.py');
    const [kind, code, , message] = await failureOf(runOn(host, 'x', { op: 'raw', text }));
    expect([kind, code]).toEqual(['crashed', 'protocol_error']);
    expect(message).toContain(reason);
    expect(await resultOf(runOn(host, 'x', 1))).toEqual({ content_type: 'json', data: 1 });
  });

  it('is cut off at the limit when it does not end', async () => {
    const host = await openClassic('pipe.py', { pool: { maxAnswerBytes: 5_000_000 } });
    const [, code, , message] = await failureOf(runOn(host, 'x', { op: 'endless' }));
    expect([code, message]).toEqual([
      'protocol_error',
      'The process wrote an answer over the limit of 5000000 bytes, and was ended',
    ]);
    expect(await endOf(runOn(host, 'x', 1))).toBe('ok');
  });
});

describe('a classic process that dies', () => {
  it.each([
    [{ op: 'exit', code: 3 }, 'exited with code 3'],
    [{ op: 'exit', code: 0 }, 'exited with code 0'],
    [{ op: 'die-after-half', code: 4 }, 'exited with code 4'],
    [{ op: 'kill' }, 'exited with code -99'],
  ])('at %j fails its request at once and is replaced', async (input, message) => {
    const exits: ProcessExit[] = [];
    const host = await openClassic('pipe.py', { onExit: (exit) => exits.push(exit) });
    const began = performance.now();
    expect(await failureOf(runOn(host, 'x', input))).toEqual([
      'crashed',
      'process_died',
      'SystemExit',
      message,
    ]);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(exits).toMatchObject([{ wasWanted: false }]);
    expect(await resultOf(runOn(host, 'x', 1))).toEqual({ content_type: 'json', data: 1 });
  });

  it('after its answer has answered', async () => {
    const host = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', { op: 'exit-after-answer' }))).toBe('bye');
    await until('it is gone', () => host.health().crashes === 1);
    expect(await resultOf(runOn(host, 'x', 1))).toEqual({ content_type: 'json', data: 1 });
  });

  it('between two requests is replaced without anybody noticing', async () => {
    const host = await openClassic('pipe.py');
    const { pid } = (await resultOf(runOn(host, 'x', { op: 'whoami' }))) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await until('it is replaced', () => host.health().crashes === 1);
    expect(await resultOf(runOn(host, 'x', 1))).toEqual({ content_type: 'json', data: 1 });
  });

  it('before it is ready says why', async () => {
    const opening = openClassic('pipe.py', { env: { MANNER: 'exit-at-start' } });
    await expect(opening).rejects.toThrow(/exited with code 3 before it was ready:\n(.*\n)*no model/);
  });
});

describe('a request to a classic process that is to stop', () => {
  it.each([
    ['timeout', () => ({ timeoutMs: 200 })],
    ['cancelled', () => ({ signal: AbortSignal.timeout(200) })],
  ])('by %s ends the process; the next one is served by another', async (end, createHooks) => {
    const host = await openClassic('pipe.py');
    const slow = runOn(host, 'x', { op: 'sleep', seconds: 60 }, createHooks());
    const next = runOn(host, 'x', 'next');
    expect(await endOf(slow)).toBe(`${end}/${end}`);
    expect(await resultOf(next)).toEqual({ content_type: 'json', data: 'next' });
    expect(host.health()).toMatchObject({ starts: 2, crashes: 0 });
  });

  it('is ended at once while it waits', async () => {
    const host = await openClassic('pipe.py');
    const slow = runOn(host, 'x', { op: 'sleep', seconds: 0.5 });
    const waiting = runOn(host, 'x', 1, { signal: AbortSignal.timeout(50) });
    expect(await endOf(waiting)).toBe('cancelled/cancelled');
    expect(await resultOf(slow)).toBe('slept');
    expect(host.health().starts).toBe(1);
  });
});

describe('many requests to classic processes', () => {
  it('are all answered, each with its own answer, by several processes', async () => {
    const host = await openClassic('pipe.py', { pool: { maxProcesses: 4 } });
    const numbers = Array.from({ length: 400 }, (_, index) => index);
    const results = await Promise.all(
      numbers.map((data) => resultOf(runOn(host, data % 2 ? 'x' : 'ann/x', data))),
    );
    expect(results).toEqual(numbers.map((data) => ({ content_type: 'json', data })));
    expect(host.health().starts).toBeGreaterThan(1);
  });

  it('are never sent ahead: a process that dies takes one with it', async () => {
    const host = await openClassic('pipe.py');
    const dying = runOn(host, 'x', { op: 'exit', code: 1 });
    const others = [1, 2, 3].map((data) => resultOf(runOn(host, 'x', data)));
    expect(await endOf(dying)).toBe('crashed/process_died');
    expect(await Promise.all(others)).toEqual([1, 2, 3].map((data) => ({ content_type: 'json', data })));
    expect(host.capacity('x')).toBe(1);
  });
});
