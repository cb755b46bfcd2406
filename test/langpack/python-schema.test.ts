import { describe, expect, it } from 'vitest';
import { describeAdapter, describeProject, makeProject } from './python-fixture.js';

const HEADER = `
from __future__ import annotations
import collections, dataclasses, datetime, decimal, enum, pathlib, uuid
from typing import *

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

UserId = NewType("UserId", str)
Words = List[str]
T = TypeVar("T")

@dataclasses.dataclass
class Box:
    """A box.

    Attributes:
        width: in metres
    """
    width: float
    tags: List[str] = dataclasses.field(default_factory=list)
    label: Optional[str] = None
    depth: int = dataclasses.field(default=1, metadata={"minimum": 1, "description": "how deep"})

@dataclasses.dataclass
class Tree:
    value: int
    children: List[Tree] = dataclasses.field(default_factory=list)

@dataclasses.dataclass
class Page(Generic[T]):
    items: List[T]

class Movie(TypedDict, total=False):
    title: str
    year: int

class Point(NamedTuple):
    x: float
    y: float = 0.0
`;

/** Schemas of the arguments of functions with one argument each. */
async function schemasOf(hints: Record<string, string>): Promise<Record<string, unknown>> {
  const functions = Object.entries(hints).map(([name, hint]) => `def run_${name}(value: ${hint}): pass`);
  const found = await describeAdapter(HEADER + functions.join('\n'));
  return Object.fromEntries(
    Object.entries(found).map(([name, { input }]) => [
      name,
      (input as { properties: { value: unknown } }).properties.value,
    ]),
  );
}

const binary = {
  type: 'object',
  properties: { $binary: { type: 'string', contentEncoding: 'base64' } },
  required: ['$binary'],
  additionalProperties: false,
  'x-type': 'bytes',
};
const box = {
  type: 'object',
  title: 'Box',
  description: 'A box.',
  properties: {
    width: { type: 'number', description: 'in metres' },
    tags: { type: 'array', items: { type: 'string' }, default: [] },
    label: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
    depth: { type: 'integer', minimum: 1, description: 'how deep', default: 1 },
  },
  required: ['width'],
  additionalProperties: false,
};

describe('a type hint', () => {
  it('becomes the schema of its values', async () => {
    const expected: Record<string, [hint: string, schema: unknown]> = {
      text: ['str', { type: 'string' }],
      integer: ['int', { type: 'integer' }],
      number: ['float', { type: 'number' }],
      flag: ['bool', { type: 'boolean' }],
      nothing: ['None', { type: 'null' }],
      any: ['Any', {}],
      object: ['object', {}],
      optional: ['Optional[int]', { anyOf: [{ type: 'integer' }, { type: 'null' }] }],
      union: ['Union[int, str]', { anyOf: [{ type: 'integer' }, { type: 'string' }] }],
      literal: ['Literal["a", "b"]', { type: 'string', enum: ['a', 'b'] }],
      mixed: ['Literal["a", 1, None]', { enum: ['a', 1, null] }],
      color: ['Color', { type: 'string', enum: ['red', 'blue'] }],
      level: ['Level', { type: 'integer', enum: [1, 2] }],
      list: ['List[int]', { type: 'array', items: { type: 'integer' } }],
      plain_list: ['list', { type: 'array' }],
      sequence: ['Sequence[str]', { type: 'array', items: { type: 'string' } }],
      set: ['Set[str]', { type: 'array', items: { type: 'string' }, uniqueItems: true }],
      frozen: ['FrozenSet[int]', { type: 'array', items: { type: 'integer' }, uniqueItems: true }],
      pair: [
        'Tuple[int, str]',
        { type: 'array', minItems: 2, maxItems: 2, prefixItems: [{ type: 'integer' }, { type: 'string' }] },
      ],
      many: ['Tuple[int, ...]', { type: 'array', items: { type: 'integer' } }],
      map: ['Dict[str, int]', { type: 'object', additionalProperties: { type: 'integer' } }],
      by_number: [
        'Mapping[int, str]',
        {
          type: 'object',
          additionalProperties: { type: 'string' },
          propertyNames: { pattern: '^-?\\d+$' },
        },
      ],
      by_color: [
        'Dict[Color, Any]',
        { type: 'object', additionalProperties: true, propertyNames: { enum: ['red', 'blue'] } },
      ],
      plain_dict: ['dict', { type: 'object' }],
      moment: ['datetime.datetime', { type: 'string', format: 'date-time' }],
      day: ['datetime.date', { type: 'string', format: 'date' }],
      id: ['uuid.UUID', { type: 'string', format: 'uuid' }],
      path: ['pathlib.Path', { type: 'string', 'x-type': 'path' }],
      bytes: ['bytes', binary],
      bytearray: ['bytearray', binary],
      new_type: ['UserId', { type: 'string' }],
      alias: ['Words', { type: 'array', items: { type: 'string' } }],
      variable: ['T', {}],
      box: ['Box', box],
      movie: [
        'Movie',
        {
          type: 'object',
          title: 'Movie',
          properties: { title: { type: 'string' }, year: { type: 'integer' } },
          additionalProperties: false,
        },
      ],
      point: [
        'Point',
        {
          type: 'object',
          title: 'Point',
          properties: { x: { type: 'number' }, y: { type: 'number', default: 0 } },
          required: ['x'],
          additionalProperties: false,
        },
      ],
      page: [
        'Page[int]',
        {
          type: 'object',
          title: 'Page',
          properties: { items: { type: 'array', items: { type: 'integer' } } },
          required: ['items'],
          additionalProperties: false,
        },
      ],
      tree: ['Tree', { $ref: '#/$defs/Tree' }],
      quoted: ['"List[Box]"', { type: 'array', items: box }],
    };
    const hints = Object.fromEntries(Object.entries(expected).map(([name, [hint]]) => [name, hint]));
    const schemas = Object.fromEntries(Object.entries(expected).map(([name, [, schema]]) => [name, schema]));
    expect(await schemasOf(hints)).toEqual(schemas);
  });

  it('that holds itself becomes a definition that the document carries', async () => {
    const { tree } = await describeAdapter(`${HEADER}
def run_tree(tree: Tree) -> Tree: return tree`);
    const children = { type: 'array', items: { $ref: '#/$defs/Tree' }, default: [] };
    expect(tree?.input).toMatchObject({ $defs: { Tree: { properties: { children }, required: ['value'] } } });
    expect(tree?.output).toMatchObject({
      $ref: '#/$defs/Tree',
      $defs: { Tree: { required: ['value', 'children'] } },
    });
  });

  it('takes constraints and descriptions from Annotated', async () => {
    const adapter = `
from typing import Annotated, Optional
import re

class Ge:
    def __init__(self, ge): self.ge = ge
class Len:
    def __init__(self, least, most): self.min_length, self.max_length = least, most

def run_x(
    a: Annotated[int, {"minimum": 0, "maximum": 9}],
    b: Annotated[float, Ge(0.5), "a share"],
    c: Annotated[str, Len(1, 5), re.compile("^a")],
    d: Annotated[list, Len(2, None)],
    e: Annotated[Optional[int], Ge(3)],
): pass`;
    const { x } = await describeAdapter(adapter);
    expect(x?.input).toMatchObject({
      properties: {
        a: { type: 'integer', minimum: 0, maximum: 9 },
        b: { type: 'number', minimum: 0.5, description: 'a share' },
        c: { type: 'string', minLength: 1, maxLength: 5, pattern: '^a' },
        d: { type: 'array', minItems: 2 },
        e: { anyOf: [{ type: 'integer', minimum: 3 }, { type: 'null' }] },
      },
    });
  });
});

describe('a function', () => {
  it('is an algorithm when its name begins with run_, wherever it was written', async () => {
    const adapter = `
from helpers import run_imported, helper
from runpy import run_path
import functools

run_constant = 3
class run_class: pass

def run_run_fast(): pass
def prepare(x): pass
def walk_run_x(): pass
run_partial = functools.partial(run_imported, 2)
`;
    const project = makeProject(adapter, {
      'helpers.py': 'def run_imported(text: str): pass\ndef helper(): pass\n',
    });
    const names = (await describeProject(project)).algorithms.map((one) => one.name);
    expect(names).toEqual(['imported', 'run_fast', 'partial']);
  });

  it('has required arguments, and optional ones with their defaults', async () => {
    const { x } = await describeAdapter(`
import datetime
def run_x(a, b: int = 3, *, c: str = None, d=datetime.date(2026, 1, 31), e: object = print, ctx=None): pass`);
    expect(x?.input).toEqual({
      type: 'object',
      properties: {
        a: {},
        b: { type: 'integer', default: 3 },
        c: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
        d: { default: '2026-01-31' },
        e: {},
      },
      required: ['a'],
      additionalProperties: false,
    });
  });

  it.each([
    [
      'Google',
      `Finds words.

    Looks at every line,
    twice.

    Args:
        text (str): where to look;
            all of it
        count: how many

    Returns:
        The longest words.

    Raises:
        ValueError: never`,
    ],
    [
      'numpy',
      `Finds words.

    Looks at every line,
    twice.

    Parameters
    ----------
    text : str
        where to look;
        all of it
    count : int, optional
        how many

    Returns
    -------
    list of str
        The longest words.`,
    ],
    [
      'Sphinx',
      `Finds words.

    Looks at every line,
    twice.

    :param str text: where to look;
        all of it
    :param count: how many
    :type count: int
    :returns: The longest words.
    :raises ValueError: never`,
    ],
  ])('takes descriptions from a docstring in the style of %s', async (_style, docstring) => {
    const { x } = await describeAdapter(`
from typing import List
def run_x(text: str, count: int = 3) -> List[str]:
    """${docstring}
    """`);
    expect(x).toMatchObject({
      description: 'Finds words.\n\nLooks at every line, twice.',
      input: {
        properties: {
          text: { type: 'string', description: 'where to look; all of it' },
          count: { type: 'integer', default: 3, description: 'how many' },
        },
      },
      output: { type: 'array', items: { type: 'string' }, description: 'The longest words.' },
    });
  });

  it('streams when it is a generator or returns an iterator', async () => {
    const found = await describeAdapter(`
from typing import *
def run_plain(): yield 1
def run_hinted() -> Iterator[int]: yield 1
def run_iterable() -> Iterable[str]: yield ""
def run_returned() -> Iterator[str]: return iter([])
def run_generated() -> Generator[float, None, None]: yield 1.0
async def run_async() -> AsyncIterator[bool]: yield True
def run_list() -> Iterable[int]: return [1]`);
    const told = Object.fromEntries(
      Object.entries(found).map(([name, one]) => [name, [one.mode, one.output]]),
    );
    expect(told).toEqual({
      plain: ['stream', undefined],
      hinted: ['stream', { type: 'integer' }],
      iterable: ['stream', { type: 'string' }],
      returned: ['stream', { type: 'string' }],
      generated: ['stream', { type: 'number' }],
      async: ['stream', { type: 'boolean' }],
      list: ['unary', { type: 'array', items: { type: 'integer' } }],
    });
  });

  it('named batch_ takes the fields of its items as arguments', async () => {
    const { sentiment, loose } = await describeAdapter(`
from typing import *
class Item(TypedDict):
    text: str
def batch_sentiment(items: List[Item], ctx) -> List[Union[float, Exception]]:
    """Tells moods."""
def batch_loose(items): pass
limits = {"sentiment": {"timeout_ms": 1000, "maxAttempts": 5, "batch": {"max_size": 16}}}`);
    expect(sentiment).toEqual({
      name: 'sentiment',
      description: 'Tells moods.',
      mode: 'batch',
      input: {
        type: 'object',
        title: 'Item',
        properties: { text: { type: 'string' } },
        required: ['text'],
        additionalProperties: false,
      },
      output: { type: 'number' },
      limits: { timeoutMs: 1000, maxAttempts: 5, batch: { maxSize: 16 } },
    });
    expect(loose?.input).toEqual({ type: 'object' });
  });
});

describe('an adapter that cannot be described', () => {
  it('is refused with every problem at once, each with file, line, function, argument and advice', async () => {
    const adapter = `from typing import *
import io

class Model: pass

def run_a(callback: Callable[[int], str], model: Model): pass

def run_b(*texts: str, **options): pass

def run_c(file: io.BytesIO) -> complex: pass

def run_d(words: "List[Unknown]"): pass

def batch_e(items: str): pass

def run_f(x: Dict[Tuple[int, int], str]): pass

limits = {"a": {"timeoutms": 1}, "z": {}}
`;
    const problem = await describeProject(makeProject(adapter)).catch((error: unknown) => error);
    expect(problem).toMatchObject({ name: 'RunyardError', code: 'project_invalid' });
    const { errors } = problem as { errors: { message: string }[] };
    expect(errors.map((one) => one.message)).toEqual([
      expect.stringMatching(
        /^runner_adapter\.py:6: run_a, argument callback: .*Callable.* functions cannot be sent/,
      ),
      expect.stringMatching(/^runner_adapter\.py:6: run_a, argument model: `Model` .* dataclass/),
      expect.stringMatching(/^runner_adapter\.py:8: run_b, argument texts: \*texts has no names/),
      expect.stringMatching(/^runner_adapter\.py:8: run_b, argument options: \*\*options has no schema/),
      expect.stringMatching(/^runner_adapter\.py:10: run_c, argument file: `BytesIO` .* use bytes/),
      expect.stringMatching(/^runner_adapter\.py:10: run_c, result: `complex` .* tuple/),
      expect.stringMatching(/^runner_adapter\.py:12: run_d, argument words: .*List\[Unknown\].* not known/),
      expect.stringMatching(/^runner_adapter\.py:14: batch_e, argument items: .* list\[T\], not `str`/),
      expect.stringMatching(/^runner_adapter\.py:16: run_f, argument x: keys of JSON objects are strings/),
      expect.stringMatching(/^runner_adapter\.py:18: limits\.a\.timeoutms .* did you mean timeoutMs/),
      expect.stringMatching(/^runner_adapter\.py:18: limits\.z is no algorithm/),
    ]);
  });

  it.each([
    ['no function', 'def helper(): pass', /there is no function run_<name>/],
    [
      'two functions for one name',
      'def run_x(): pass\ndef batch_x(items): pass',
      /run_x and batch_x are both there/,
    ],
    [
      'a wrong concurrency',
      'def run_x(): pass\nconcurrency = 0',
      /:2: concurrency must be a whole number from 1, got 0/,
    ],
    [
      'an unknown keyword',
      'from typing import Annotated\ndef run_x(a: Annotated[int, {"minimun": 1}]): pass',
      /'minimun' is no schema keyword; did you mean 'minimum'/,
    ],
    [
      'a limit on the wrong type',
      'from typing import Annotated\nclass G: ge = 1\ndef run_x(a: Annotated[str, G()]): pass',
      /it is for numbers/,
    ],
    [
      'limits of batches for another',
      'def run_x(): pass\nlimits = {"x": {"batch": {}}}',
      /only for batch_ functions/,
    ],
  ])('says so: %s', async (_what, adapter, message) => {
    await expect(describeProject(makeProject(adapter))).rejects.toThrow(message);
  });
});
