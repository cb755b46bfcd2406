import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { packageRoot } from '../../src/langpack/package-root.js';
import {
  childEnv,
  describeProject,
  makeProject,
  openPipe,
  untilReady,
  type PipeChild,
} from './python-fixture.js';

const CACHE = join(packageRoot, '.cache/test-python');

/** A folder with a package from the index, fetched once; the test is skipped when the index cannot be reached. */
async function fetchPackage(context: TestContext, requirement: string): Promise<string> {
  const dir = join(CACHE, requirement.replaceAll(/\W+/g, '-'));
  if (existsSync(dir)) return dir;
  const part = `${dir}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--target',
    part,
    requirement,
  ];
  try {
    await promisify(execFile)('python3', pip);
    renameSync(part, dir);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    context.skip(`${requirement} could not be fetched: ${String(error).slice(0, 300)}`);
  }
  return dir;
}

async function start(
  adapter: string,
  packages: string,
): Promise<{ pipe: PipeChild; input: Record<string, unknown>; output: unknown }> {
  const project = makeProject(adapter);
  const { launch, algorithms } = await describeProject(project, childEnv({ PYTHONPATH: packages }));
  const pipe = await untilReady(openPipe(launch, { PYTHONPATH: packages }));
  const input = Object.fromEntries(
    algorithms.map((one) => [one.name, (one.input as { properties?: unknown }).properties]),
  );
  return { pipe, input, output: Object.fromEntries(algorithms.map((one) => [one.name, one.output])) };
}

const models = `
from __future__ import annotations
import datetime
from typing import *
from pydantic import BaseModel, Field

class Address(BaseModel):
    street: str = Field(..., min_length=1, description="with number")
    since: Optional[datetime.date] = None

class Person(BaseModel):
    """Somebody."""
    name: str
    age: int = Field(3, ge=0)
    addresses: List[Address] = []
    at: Tuple[int, str] = (1, "a")
    friends: List[Person] = []

def run_person(person: Person, other: Optional[Address] = None) -> Person:
    assert isinstance(person, Person) and isinstance(person.addresses[0].since, datetime.date)
    return person
def run_field(n: Annotated[int, Field(ge=2, multiple_of=2, description="an even number")] = 2): return n
def batch_names(items: List[Person]) -> List[str]: return [person.name for person in items]
`;

describe.each(['pydantic==1.10.*', 'pydantic==2.*'])('models of %s', (requirement) => {
  it('bring their own schema, and validate by themselves', { timeout: 180_000 }, async (context) => {
    const { pipe, input, output } = await start(models, await fetchPackage(context, requirement));
    expect(input['person']).toMatchObject({ person: { $ref: '#/$defs/Person' } });
    expect(input['field']).toEqual({
      n: { type: 'integer', minimum: 2, multipleOf: 2, description: 'an even number', default: 2 },
    });
    expect(output).toMatchObject({
      person: {
        $defs: {
          Address: { properties: { street: { type: 'string', minLength: 1, description: 'with number' } } },
          Person: {
            description: 'Somebody.',
            properties: {
              age: { minimum: 0 },
              at: { prefixItems: [{ type: 'integer' }, { type: 'string' }] },
              friends: { items: { $ref: '#/$defs/Person' } },
            },
          },
        },
      },
    });
    const person = { name: 'a', addresses: [{ street: 's', since: '2026-01-31' }] };
    expect(await pipe.run('person', { person })).toEqual({ ...person, age: 3, at: [1, 'a'], friends: [] });
    const wrong = { person: { name: 'a', age: -1, addresses: [{ street: '' }] }, other: {} };
    const { errors, error_type: type } = await pipe.fail('person', wrong);
    expect(type).toBe('InvalidInput');
    expect(errors?.map((one) => one.path)).toEqual([
      '/person/age',
      '/person/addresses/0/street',
      '/other/street',
    ]);
    expect(await pipe.batch('names', [{ name: 'a' }, {}])).toMatchObject({
      results: [{ result: 'a' }, { error: { errors: [{ path: '/name' }] } }],
    });
  });
});

it('types and validators of pydantic 2 are run by it', { timeout: 180_000 }, async (context) => {
  const adapter = `
from typing import Annotated
from pydantic import AfterValidator, HttpUrl
from pydantic.dataclasses import dataclass

def even(value):
    if value % 2:
        raise ValueError("not even")
    return value

@dataclass
class Box:
    width: int

def run_x(n: Annotated[int, AfterValidator(even)], url: HttpUrl, box: Box): return [n, url, box]`;
  const { pipe, input } = await start(adapter, await fetchPackage(context, 'pydantic==2.*'));
  expect(input['x']).toMatchObject({
    n: { type: 'integer' },
    url: { format: 'uri' },
    box: { type: 'object' },
  });
  const args = { n: 2, url: 'https://example.com/a', box: { width: 1 } };
  expect(await pipe.run('x', args)).toEqual([2, 'https://example.com/a', { width: 1 }]);
  const { errors } = await pipe.fail('x', { n: 3, url: 'nowhere', box: { width: 'x' } });
  expect(errors?.map((one) => one.path)).toEqual(['/n', '/url', '/box/width']);
});

it('arrays and scalars of numpy are lists and numbers', { timeout: 180_000 }, async (context) => {
  const adapter = `
import numpy as np
def run_double(values: np.ndarray, factor: np.float32 = np.float32(2)) -> np.ndarray: return values * factor
def run_scalars():
    return {"a": np.float64(1.5), "b": np.int32(3), "c": np.bool_(True), "d": np.arange(3), np.int64(5): np.str_("x")}
def run_nan(): return [{"x": np.array([1.0, np.nan])}]`;
  const { pipe, input, output } = await start(adapter, await fetchPackage(context, 'numpy'));
  expect(input['double']).toEqual({ values: { type: 'array' }, factor: { type: 'number', default: 2 } });
  expect(output).toMatchObject({ double: { type: 'array' } });
  expect(
    await pipe.run('double', {
      values: [
        [1, 2],
        [3, 4],
      ],
    }),
  ).toEqual([
    [2, 4],
    [6, 8],
  ]);
  expect(await pipe.run('scalars')).toEqual({ a: 1.5, b: 3, c: true, d: [0, 1, 2], 5: 'x' });
  expect((await pipe.fail('nan')).message).toMatch(/\/0\/x\/1: nan is no JSON number/);
});
