import { describe, expect, it } from 'vitest';
import { until } from '../until.js';
import { launchPipe, startPipe } from './python-fixture.js';

describe('an error', () => {
  it('tells type, message and the stack of the author’s own frames', async () => {
    const pipe = await startPipe(`
def inner():
    raise LookupError("no such word")
def run_x():
    try:
        inner()
    except LookupError as error:
        raise ValueError("it failed") from error
def run_silent():
    raise KeyError()
class Broken(Exception):
    def __str__(self): raise RuntimeError("even this fails")
def run_broken(): raise Broken()`);
    const error = await pipe.fail('x');
    expect(error).toMatchObject({ message: 'it failed', error_type: 'ValueError' });
    expect(error.stacktrace).toMatch(
      /in inner[\s\S]*LookupError: no such word[\s\S]*in run_x[\s\S]*ValueError: it failed/,
    );
    expect(error.stacktrace).not.toContain('runyard_pipe');
    expect(await pipe.fail('silent')).toMatchObject({ message: 'KeyError', error_type: 'KeyError' });
    expect(await pipe.fail('broken')).toMatchObject({ message: 'Broken', error_type: 'Broken' });
  });

  it('of the input says which argument is at fault', async () => {
    const pipe = await startPipe(`
from runyard import InvalidInput
class MyInput(InvalidInput): pass
def run_plain(): raise InvalidInput("too dark")
def run_named(): raise InvalidInput("no image", "image_url")
def run_deep(): raise MyInput("no name", ["items", 3, "a/b"])`);
    expect(await pipe.fail('plain')).toMatchObject({ message: 'too dark', error_type: 'InvalidInput' });
    expect((await pipe.fail('plain')).errors).toBeUndefined();
    expect(await pipe.fail('named')).toMatchObject({ errors: [{ path: '/image_url', message: 'no image' }] });
    expect(await pipe.fail('deep')).toMatchObject({
      error_type: 'InvalidInput',
      errors: [{ path: '/items/3/a~1b', message: 'no name' }],
    });
  });

  it('of fetching carries the status, by any class of that name', async () => {
    const pipe = await startPipe(`
import runyard, exceptions
class Response: status_code = 404
class RequestError(Exception):
    def __init__(self, status): self.status = status
def run_ours(): raise runyard.RequestError(503)
def run_word(): raise runyard.RequestError("timeout", "the host did not answer")
def run_series(): raise exceptions.RequestError(Response())
def run_own(): raise RequestError(410)`);
    const message = (status: number): string => `Error fetching request image, received ${status}`;
    expect(await pipe.fail('ours')).toMatchObject({
      error_type: 'RequestError',
      status: 503,
      message: message(503),
    });
    expect(await pipe.fail('word')).toMatchObject({ status: 'timeout', message: 'the host did not answer' });
    expect(await pipe.fail('series')).toMatchObject({
      error_type: 'RequestError',
      status: 404,
      message: message(404),
    });
    expect(await pipe.fail('own')).toMatchObject({ error_type: 'RequestError', status: 410 });
  });

  it('of memory or recursion is an answer, and the process serves on', async () => {
    const pipe = await startPipe(`
def run_deep(n: int = 0): return run_deep(n + 1)
def run_big(): raise MemoryError()
def run_base(): raise BaseException("odd")
def run_fine(): return 1`);
    expect(await pipe.fail('deep')).toMatchObject({ error_type: 'RecursionError' });
    expect(await pipe.fail('big')).toMatchObject({ error_type: 'MemoryError' });
    expect(await pipe.fail('base')).toMatchObject({ error_type: 'BaseException', message: 'odd' });
    expect(await pipe.run('fine')).toBe(1);
  });

  it('that is no Exception is an answer in async functions too', async () => {
    const pipe = await startPipe('async def run_base(): raise BaseException("odd")');
    expect(await pipe.fail('base')).toMatchObject({ error_type: 'BaseException', message: 'odd' });
  });

  it('that kills the process loses no answer given before', async () => {
    const pipe = await startPipe(`
import os
def run_die(): os.kill(os.getpid(), 9)
def run_x(n: int): return n`);
    const lines = [1, 2, 3].map((n) => `{"id":"x${n}","algorithm":"x","args":{"n":${n}}}\n`);
    pipe.sendText(`${lines.join('')}{"id":"die","algorithm":"die","args":{}}\n`);
    await until('the process has ended', () => pipe.exited);
    expect(pipe.exited?.signal).toBe('SIGKILL');
    expect(pipe.answers.map((one) => one.result)).toEqual([1, 2, 3]);
  });

  it.each(['def', 'async def'])('SystemExit in a %s function ends the process with its code', async (def) => {
    const pipe = await startPipe(`
import sys
print("here", end="")
${def} run_x(): sys.exit(7)
def run_before(): return 1`);
    const before = pipe.begin('before');
    pipe.begin('x');
    await until('the process has ended', () => pipe.exited);
    expect(pipe.exited).toEqual({ code: 7, signal: null });
    expect(await pipe.endOf(before)).toMatchObject({ result: 1 });
  });
});

describe('a stream', () => {
  it('sends each chunk as it comes, and ends with an empty result', async () => {
    const pipe = await startPipe(`
import threading
gate = threading.Event()
def run_count(n: int):
    for i in range(n):
        yield {"i": i}
def run_slow(ctx):
    yield 1
    ctx.signal.wait(30)
    yield 2
async def run_async(n: int):
    for i in range(n):
        yield i
def run_fails():
    yield 1
    raise ValueError("half way")
def run_wrong():
    yield 1
    yield float("nan")`);
    const id = pipe.begin('count', { n: 3 });
    expect(await pipe.endOf(id)).toEqual({ id, result: null });
    expect(pipe.said(id, 'chunk')).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
    const slow = pipe.begin('slow');
    await until('the first chunk is there', () => pipe.said(slow, 'chunk').length === 1);
    pipe.send({ cancel: slow });
    expect(await pipe.endOf(slow)).toMatchObject({ error: { error_type: 'Cancelled' } });
    const later = pipe.begin('async', { n: 2 });
    await pipe.endOf(later);
    expect(pipe.said(later, 'chunk')).toEqual([0, 1]);
    expect(await pipe.fail('fails')).toMatchObject({ error_type: 'ValueError', message: 'half way' });
    expect(await pipe.fail('wrong')).toMatchObject({ error_type: 'InvalidOutput' });
  });

  it('that is cancelled closes the generator', async () => {
    const pipe = await startPipe(`
import time
closed = []
def run_x():
    try:
        while True:
            yield 1
            time.sleep(0.01)
    finally:
        closed.append(1)
def run_closed(): return closed`);
    const id = pipe.begin('x');
    await until('it streams', () => pipe.said(id, 'chunk').length > 2);
    pipe.send({ cancel: id });
    await pipe.endOf(id);
    expect(await pipe.run('closed')).toEqual([1]);
  });
});

describe('a batch', () => {
  const adapter = `
from dataclasses import dataclass
from typing import *
@dataclass
class Item:
    x: float
seen = []
def batch_invert(items: List[Item]) -> List[Union[float, Exception]]:
    seen.append(len(items))
    return [1 / item.x if item.x else ValueError("no inverse of 0") for item in items]
def batch_short(items: list): return [1]
def batch_text(items: list): return "ab"
def batch_raises(items: list): raise RuntimeError("all of them")
def batch_nan(items: list): return [1, float("nan")]
async def batch_async(items: list): return [item["x"] for item in items]
def run_seen(): return seen
def run_single(x): return x`;

  it('gives one result or error for each input; inputs that do not fit never reach the function', async () => {
    const pipe = await startPipe(adapter);
    expect(await pipe.batch('invert', [{ x: 2 }, { x: 0 }, { x: 'no' }])).toMatchObject({
      results: [
        { result: 0.5 },
        { error: { error_type: 'ValueError', message: 'no inverse of 0' } },
        {
          error: {
            error_type: 'InvalidInput',
            errors: [{ path: '/x', message: 'expected a number, got a string' }],
          },
        },
      ],
    });
    expect(await pipe.batch('invert', [{}])).toMatchObject({
      results: [{ error: { error_type: 'InvalidInput' } }],
    });
    expect(await pipe.run('seen')).toEqual([2]);
    expect(await pipe.run('invert', { x: 4 })).toBe(0.25);
    expect(await pipe.batch('async', [{ x: 1 }, { x: 2 }])).toMatchObject({
      results: [{ result: 1 }, { result: 2 }],
    });
    expect(await pipe.batch('nan', [{}, {}])).toMatchObject({
      results: [{ result: 1 }, { error: { error_type: 'InvalidOutput' } }],
    });
  });

  it('with another number of results is an invalid output, and one that raises fails as a whole', async () => {
    const pipe = await startPipe(adapter);
    expect(await pipe.batch('short', [{}, {}])).toMatchObject({
      error: {
        error_type: 'InvalidOutput',
        message: expect.stringMatching(/one result for each of its 2 inputs, got 1/) as string,
      },
    });
    expect(await pipe.batch('text', [{}, {}])).toMatchObject({ error: { error_type: 'InvalidOutput' } });
    expect(await pipe.batch('raises', [{}])).toMatchObject({ error: { error_type: 'RuntimeError' } });
    expect(await pipe.batch('single', [{ x: 1 }])).toMatchObject({ error: { error_type: 'InvalidInput' } });
  });
});

describe('ctx', () => {
  it('tells progress and log lines with the id of the run', async () => {
    const pipe = await startPipe(`
def run_x(a: int, ctx):
    ctx.progress(0.25)
    ctx.progress(3, "done")
    ctx.log("one\\ntwo")
    return a
async def run_y(*, ctx):
    ctx.log(5)`);
    const id = pipe.begin('x', { a: 1 });
    expect(await pipe.endOf(id)).toMatchObject({ result: 1 });
    expect(pipe.answers.filter((one) => one.id === id).slice(0, 2)).toEqual([
      { id, progress: 0.25 },
      { id, progress: 1, message: 'done' },
    ]);
    expect(pipe.said(id, 'log')).toEqual(['one', 'two']);
    const later = pipe.begin('y');
    await pipe.endOf(later);
    expect(pipe.said(later, 'log')).toEqual(['5']);
  });

  it.each([
    ['a function', 'def', ''],
    ['an async function', 'async def', 'await '],
    ['several runs at the same time', 'concurrency = 4\ndef', ''],
  ])('calls other algorithms from %s', async (_where, def, wait) => {
    const pipe = await startPipe(`
from runyard import CallError
${def} run_x(ctx):
    first = ${wait}ctx.call("ocr", image_url="a")
    try:
        ${wait}ctx.call("ocr", {"image_url": "b"})
    except CallError as error:
        return [first, str(error), error.error_type]
${def} run_uncaught(ctx): ${wait}ctx.call("ocr")
${def} run_wrong(ctx): ${wait}ctx.call("ocr", x=object())`);
    const id = pipe.begin('x');
    await until('it calls', () => pipe.said(id, 'call').length === 1);
    const [first] = pipe.answers.filter((one) => 'call' in one);
    expect(first).toEqual({
      id,
      call: expect.any(String) as string,
      algorithm: 'ocr',
      args: { image_url: 'a' },
    });
    pipe.send({ called: first?.call, result: { text: 'HI' } });
    await until('it calls again', () => pipe.said(id, 'call').length === 2);
    pipe.send({
      called: pipe.said(id, 'call')[1],
      error: { message: 'no image', error_type: 'InvalidInput' },
    });
    expect(await pipe.endOf(id)).toEqual({ id, result: [{ text: 'HI' }, 'no image', 'InvalidInput'] });

    const uncaught = pipe.begin('uncaught');
    await until('it calls', () => pipe.said(uncaught, 'call').length === 1);
    const error = { message: 'no image', error_type: 'RequestError', status: 404 };
    pipe.send({ called: pipe.said(uncaught, 'call')[0], error });
    expect(await pipe.endOf(uncaught)).toMatchObject({ error });
    expect(await pipe.fail('wrong')).toMatchObject({ error_type: 'TypeError' });
  });
});

describe('a cancel', () => {
  it('before its run has begun takes it back', async () => {
    const pipe = await startPipe(`
seen = []
def run_slow(ctx): ctx.signal.wait(30)
def run_x(n: int): seen.append(n)
def run_seen(): return seen`);
    const slow = pipe.begin('slow');
    const [first, second] = [pipe.begin('x', { n: 1 }), pipe.begin('x', { n: 2 })];
    pipe.send({ cancel: first });
    expect(await pipe.endOf(first)).toMatchObject({ error: { error_type: 'Cancelled' } });
    pipe.send({ cancel: slow });
    await pipe.endOf(second);
    expect(await pipe.run('seen')).toEqual([2]);
  });

  it('sent together with its run takes it back', async () => {
    const pipe = await startPipe(`
seen = []
def run_x(): seen.append(1)
def run_seen(): return seen`);
    pipe.sendText('{"id":"a","algorithm":"x","args":{}}\n{"cancel":"a"}\n');
    expect(await pipe.endOf('a')).toMatchObject({ error: { error_type: 'Cancelled' } });
    expect(await pipe.run('seen')).toEqual([]);
  });

  it.each([
    [
      'a function that waits for it',
      'def run_x(ctx):\n    ctx.log("on")\n    ctx.signal.wait(30)\n    ctx.signal.throw_if_aborted()',
    ],
    ['a busy function', 'def run_x(ctx):\n    ctx.log("on")\n    while not ctx.signal.aborted: pass'],
    [
      'an async function',
      'import asyncio\nasync def run_x(ctx):\n    ctx.log("on")\n    await asyncio.sleep(30)',
    ],
    [
      'an async function among others',
      'import asyncio\nasync def run_x(ctx):\n    ctx.log("on")\n    await asyncio.sleep(30)\ndef run_other(): pass',
    ],
    ['a call', 'def run_x(ctx):\n    ctx.log("on")\n    ctx.call("other")'],
    ['a thread', 'concurrency = 2\ndef run_x(ctx):\n    ctx.log("on")\n    ctx.signal.wait(30)'],
  ])('while it runs reaches %s', async (_what, adapter) => {
    const pipe = await startPipe(adapter);
    const id = pipe.begin('x');
    await until('it runs', () => pipe.said(id, 'log').length === 1);
    pipe.send({ cancel: id });
    expect(await pipe.endOf(id)).toMatchObject({ error: { error_type: 'Cancelled' } });
    const next = pipe.begin('x');
    await until('the next one runs', () => pipe.said(next, 'log').length === 1);
    pipe.send({ cancel: next });
    await pipe.endOf(next);
  });

  it('of an async function lets it clean up first', async () => {
    const pipe = await startPipe(`
import asyncio
async def run_x(ctx):
    ctx.log("on")
    try:
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.01)
        ctx.log("cleaned")`);
    const id = pipe.begin('x');
    await until('it runs', () => pipe.said(id, 'log').length === 1);
    pipe.send({ cancel: id });
    await pipe.endOf(id);
    expect(pipe.said(id, 'log')).toEqual(['on', 'cleaned']);
  });

  it('for a run that is over or unknown changes nothing', async () => {
    const pipe = await startPipe('def run_x(n: int): return n');
    expect(await pipe.run('x', { n: 1 })).toBe(1);
    pipe.send({ cancel: 'r1' });
    pipe.send({ cancel: 'nobody' });
    expect(await pipe.run('x', { n: 2 })).toBe(2);
  });
});

describe('what an adapter prints', () => {
  it('goes to stdout and stderr, and disturbs no answer', async () => {
    const pipe = await startPipe(`
import os, subprocess, sys
print("loading", end="")
def run_x():
    print("out", {"id": "r1", "result": 2})
    print("err", file=sys.stderr)
    os.write(1, b"from below\\n")
    subprocess.run(["echo", "from a child"])
    print("no end", end="")
    return sys.stdin.read()`);
    expect(await pipe.run('x')).toBe('');
    await until('all of it is there', () => pipe.stdout.includes('no end') && pipe.stderr.includes('err'));
    expect(pipe.stdout).toMatch(/^loading\n/);
    expect(pipe.stdout).toContain("out {'id': 'r1', 'result': 2}\nfrom below\nfrom a child\nno end");
    expect(pipe.answers).toHaveLength(1);
  });

  it('is told with the id of its run where several run at the same time', async () => {
    const pipe = await startPipe(`
import asyncio, sys
print("outside")
async def run_x(name: str):
    print("begin", name)
    await asyncio.sleep(0.01)
    print("no end", name, end="", file=sys.stderr)`);
    const ids = ['a', 'b', 'c'].map((name) => pipe.begin('x', { name }));
    for (const [index, id] of ids.entries()) {
      await pipe.endOf(id);
      const name = 'abc'[index];
      expect(pipe.said(id, 'log')).toEqual([`begin ${name}`, `no end ${name}`]);
    }
    expect(pipe.stdout).toBe('outside\n');
  });

  it('by a logger made while the adapter was imported is told with the id too', async () => {
    const pipe = await startPipe(`
import logging, sys
logging.basicConfig(stream=sys.stderr, format="%(message)s")
logging.warning("outside")
async def run_x(): logging.warning("inside")`);
    const id = pipe.begin('x');
    await pipe.endOf(id);
    expect(pipe.said(id, 'log')).toEqual(['inside']);
    expect(pipe.stderr).toBe('outside\n');
  });

  it('by several threads is told with the id of the run in each', async () => {
    const pipe = await startPipe(`
import threading
concurrency = 2
both = threading.Barrier(2)
def run_x(name: str):
    both.wait(30)
    print(name)`);
    const ids = ['a', 'b'].map((name) => pipe.begin('x', { name }));
    for (const [index, id] of ids.entries()) {
      await pipe.endOf(id);
      expect(pipe.said(id, 'log')).toEqual(['ab'[index]]);
    }
  });
});

describe('the process', () => {
  it('announces itself with whole descriptors', async () => {
    const pipe = await startPipe('limits = {"x": {"timeoutMs": 5}}\ndef run_x(a: int) -> str: return ""');
    expect(pipe.ready).toEqual({
      protocol: 2,
      concurrency: 1,
      answers: 'plain',
      algorithms: [
        {
          name: 'x',
          mode: 'unary',
          input: {
            type: 'object',
            properties: { a: { type: 'integer' } },
            required: ['a'],
            additionalProperties: false,
          },
          output: { type: 'string' },
          limits: { timeoutMs: 5 },
        },
      ],
    });
  });

  it.each([
    ['sync functions alone', 'def run_x(): pass', 1],
    ['async functions alone', 'async def run_x(): pass', 16],
    ['both', 'async def run_x(): pass\ndef run_y(): pass', 1],
    ['what the adapter says', 'concurrency = 3\ndef run_x(): pass', 3],
  ])('announces how many it runs at the same time: %s', async (_what, adapter, concurrency) => {
    expect((await startPipe(adapter)).ready?.concurrency).toBe(concurrency);
  });

  it('runs as many at the same time as it announced, and no more', async () => {
    const pipe = await startPipe(`
import asyncio
concurrency = 2
running = 0
most = 0
async def run_x():
    global running, most
    running += 1
    most = max(most, running)
    await asyncio.sleep(0.01)
    running -= 1
async def run_most(): return most`);
    await Promise.all(Array.from({ length: 6 }, () => pipe.run('x')));
    expect(await pipe.run('most')).toBe(2);
  });

  it('runs sync functions on the main thread, in their order', async () => {
    const pipe = await startPipe(`
import threading
order = []
def run_x(n: int):
    order.append(n)
    return threading.current_thread() is threading.main_thread()
async def run_y(n: int): order.append(n)
def run_order(): return order`);
    const ids = [1, 2, 3, 4].map((n) => pipe.begin(n % 2 ? 'x' : 'y', { n }));
    expect(await pipe.endOf(ids[0] ?? '')).toMatchObject({ result: true });
    expect(await pipe.run('order')).toEqual([1, 2, 3, 4]);
  });

  it.each(['', 'async '])(
    'runs %ssetup before it is ready and teardown at the end of its input',
    async (kind) => {
      const pipe = await startPipe(`
import asyncio
state = {}
${kind}def setup():
    print("setting up")
    state["loop"] = ${kind ? 'asyncio.get_running_loop()' : 'None'}
${kind}def teardown(): print("tearing down")
async def run_x(): return asyncio.get_running_loop() is state["loop"]
def run_y(): return 1`);
      expect(pipe.stdout).toBe('setting up\n');
      expect(await pipe.run('x')).toBe(kind !== '');
      const last = pipe.begin('y');
      expect(await pipe.end()).toEqual({ code: 0, signal: null });
      expect(await pipe.endOf(last)).toMatchObject({ result: 1 });
      expect(pipe.stdout).toBe('setting up\ntearing down\n');
    },
  );

  it('answers what it was sent before its input ended', async () => {
    const pipe = await startPipe(
      'import asyncio\nasync def run_x(n: int):\n    await asyncio.sleep(0.01 * n)\n    return n',
    );
    const ids = [3, 2, 1].map((n) => pipe.begin('x', { n }));
    expect((await pipe.end()).code).toBe(0);
    for (const [index, id] of ids.entries())
      expect(await pipe.endOf(id)).toMatchObject({ result: 3 - index });
  });

  it('on SIGTERM tears down, in the middle of a run too', async () => {
    const pipe = await startPipe(`
import time
def teardown(): print("tearing down")
def run_x(ctx):
    ctx.log("on")
    time.sleep(60)`);
    const id = pipe.begin('x');
    await until('it runs', () => pipe.said(id, 'log').length === 1);
    pipe.signal('SIGTERM');
    await until('it has ended', () => pipe.exited);
    expect(pipe.exited).toEqual({ code: 143, signal: null });
    expect(pipe.stdout).toBe('tearing down\n');
  });

  it.each(['print("up")\ndef setup(): raise RuntimeError("no model")', 'raise RuntimeError("no model")\n'])(
    'that cannot start says why and ends: %s',
    async (adapter) => {
      const pipe = await launchPipe(`${adapter}\ndef run_x(): pass`);
      await until('it has ended', () => pipe.exited);
      expect(pipe.exited?.code).toBe(1);
      expect(pipe.stderr).toMatch(/runner_adapter\.py", line \d[\s\S]*RuntimeError: no model/);
      expect(pipe.stderr).not.toContain('runyard_pipe');
    },
  );

  it.each(['', 'concurrency = 2\n'])('ends when its parent has gone, whatever it is doing', async (head) => {
    const pipe = await startPipe(`${head}
import time
def run_x(ctx):
    ctx.log("on")
    time.sleep(60)`);
    const id = pipe.begin('x');
    await until('it runs', () => pipe.said(id, 'log').length === 1);
    pipe.abandon();
    await until('it has ended', () => pipe.exited);
    expect(pipe.exited?.code).toBe(1);
  });

  it.each(['', 'concurrency = 2\n'])(
    'refuses a request that is nested too deeply, and serves on',
    async (head) => {
      const pipe = await startPipe(`${head}def run_x(a=None): return 1`);
      const deep = 100_000;
      pipe.sendText(`{"id":"deep","algorithm":"x","args":{"a":${'['.repeat(deep)}${']'.repeat(deep)}}}\n`);
      expect(await pipe.endOf('deep')).toMatchObject({ error: { error_type: 'InvalidInput' } });
      expect(await pipe.run('x')).toBe(1);
    },
  );

  it('survives a line that is no request', async () => {
    const pipe = await startPipe('def run_x(): return 1');
    pipe.sendText('nonsense\n[1]\n\n');
    expect(await pipe.run('x')).toBe(1);
    await until('it complained', () => pipe.stderr.includes('a line on stdin is no request'));
  });
});
