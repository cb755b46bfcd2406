import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnv, describeProject, makeProject, openPipe, untilReady } from './python-fixture.js';

/** Every Python of this machine that is new enough: on the PATH, and those that pyenv has built. */
function findInterpreters(): string[] {
  const versions = Array.from({ length: 8 }, (_, index) => `python3.${index + 8}`);
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) => versions.map((name) => join(dir, name)));
  const pyenv = join(homedir(), '.pyenv/versions');
  const built = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => /^3\.([89]|1\d)\./.test(name)) : [];
  const found = [
    ...onPath.filter((path) => !path.includes('shims')),
    ...built.map((name) => join(pyenv, name, 'bin/python')),
  ];
  return [...new Set(found.filter((path) => existsSync(path)).map((path) => realpathSync(path)))];
}

const adapter = `
from __future__ import annotations
import asyncio, dataclasses, datetime, enum
from typing import *

class Color(enum.Enum):
    RED = "red"

class Item(TypedDict, total=False):
    name: str

@dataclasses.dataclass
class Box:
    """A box.

    Args:
        width: in metres
    """
    width: float
    color: Color = Color.RED
    kids: List[Box] = dataclasses.field(default_factory=list)

def run_box(box: Box, at: Optional[datetime.datetime] = None, item: Item = None, kind: Literal["a", 1] = 1) -> Box:
    """Gives a box back."""
    assert isinstance(box, Box) and (at is None or at.tzinfo is not None)
    return box

def run_count(n: int) -> Iterator[int]:
    yield from range(n)

async def run_later(n: int, ctx) -> int:
    ctx.log("later")
    await asyncio.sleep(0)
    return n

def run_fails():
    raise ValueError("no")
`;

describe.each(findInterpreters())('%s', (interpreter) => {
  it('describes an adapter as every other does, and runs it', async () => {
    const project = makeProject(adapter);
    const { launch, algorithms } = await describeProject(project, childEnv({ RUNYARD_PYTHON: interpreter }));
    expect(algorithms).toEqual((await describeProject(project)).algorithms);
    const pipe = await untilReady(openPipe(launch));
    const args = {
      box: { width: 1, kids: [{ width: 2 }] },
      at: '2026-01-31T12:00:00.25Z',
      item: { name: 'x' },
    };
    expect(await pipe.run('box', args)).toEqual({
      width: 1,
      color: 'red',
      kids: [{ width: 2, color: 'red', kids: [] }],
    });
    expect(await pipe.fail('box', { box: { width: [] }, kind: true })).toMatchObject({
      errors: [{ path: '/box/width' }, { path: '/kind' }],
    });
    const id = pipe.begin('count', { n: 2 });
    await pipe.endOf(id);
    expect(pipe.said(id, 'chunk')).toEqual([0, 1]);
    expect(await pipe.run('later', { n: 3 })).toBe(3);
    expect((await pipe.fail('fails')).stacktrace).not.toContain('runyard_pipe');
    expect(await pipe.end()).toEqual({ code: 0, signal: null });
  });
});

const newest = findInterpreters().filter((path) => /3\.1[2-9][^/]*$/.test(path));

describe.each(newest)('%s', (interpreter) => {
  it('knows the syntax of types since 3.12', async () => {
    const project = makeProject(`
from dataclasses import dataclass
type Json = dict[str, Json] | list[Json] | str | None
type Pair[T] = tuple[T, T]
@dataclass
class Page[T]:
    items: list[T]
    next: "Page[T] | None" = None
def run_x[T](json: Json, pair: Pair[int], page: Page[int], other: Page[T]): return [json, page]`);
    const { launch, algorithms } = await describeProject(project, childEnv({ RUNYARD_PYTHON: interpreter }));
    const itself = { $ref: '#/$defs/Json' };
    expect(algorithms[0]?.input).toMatchObject({
      properties: { json: itself, pair: { prefixItems: [{ type: 'integer' }, { type: 'integer' }] } },
      $defs: {
        Json: {
          anyOf: [{ additionalProperties: itself }, { items: itself }, { type: 'string' }, { type: 'null' }],
        },
        Page: { properties: { items: { items: { type: 'integer' } } } },
        Page2: { properties: { items: { type: 'array' } } },
      },
    });
    const pipe = await untilReady(openPipe(launch));
    const args = { json: { a: [null, 'x'] }, pair: [1, 2], page: { items: [1], next: { items: [2] } } };
    expect(await pipe.run('x', { ...args, other: { items: ['any'] } })).toEqual([
      { a: [null, 'x'] },
      { items: [1], next: { items: [2], next: null } },
    ]);
    expect(await pipe.fail('x', { ...args, pair: [1, 'x'], other: { items: [] } })).toMatchObject({
      errors: [{ path: '/pair/1' }],
    });
  });
});
