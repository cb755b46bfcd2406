import { describe, expect, it } from 'vitest';
import { startPipe } from './python-fixture.js';

const HEADER = `
from __future__ import annotations
import collections, dataclasses, datetime, decimal, enum, pathlib, uuid
from typing import *

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

@dataclasses.dataclass
class Box:
    width: float
    color: Color = Color.RED
    kids: List[Box] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        if self.width < 0:
            raise ValueError("a width is not negative")

class Movie(TypedDict):
    title: str
    at: datetime.date

class Point(NamedTuple):
    x: float
    y: float = 0.0
`;

describe('an argument', () => {
  it('arrives as what its hint promises', async () => {
    const cases: Record<string, [hint: string, given: unknown, repr: string]> = {
      whole: ['int', 3.0, '3'],
      number: ['float', 3, '3.0'],
      numbers: ['List[float]', [1, 2.5], '[1.0, 2.5]'],
      either: ['Union[int, float]', 3.0, '3'],
      moment: [
        'datetime.datetime',
        '2026-01-31T12:00:00.5Z',
        'datetime.datetime(2026, 1, 31, 12, 0, 0, 500000, tzinfo=datetime.timezone.utc)',
      ],
      offset: [
        'datetime.datetime',
        '2026-01-31t12:00:00+0130',
        'datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=5400)))',
      ],
      day: ['datetime.date', '2026-01-31', 'datetime.date(2026, 1, 31)'],
      clock: ['datetime.time', '12:30', 'datetime.time(12, 30)'],
      duration: [
        'datetime.timedelta',
        'P1DT2H3.5S',
        'datetime.timedelta(days=1, seconds=7203, microseconds=500000)',
      ],
      seconds: ['datetime.timedelta', 90, 'datetime.timedelta(seconds=90)'],
      price: ['decimal.Decimal', '1.10', "Decimal('1.10')"],
      price_number: ['decimal.Decimal', 1.1, "Decimal('1.1')"],
      id: [
        'uuid.UUID',
        '12345678-1234-5678-1234-567812345678',
        "UUID('12345678-1234-5678-1234-567812345678')",
      ],
      path: ['pathlib.PurePosixPath', 'a/b', "PurePosixPath('a/b')"],
      bytes: ['bytes', { $binary: 'aGkA' }, "b'hi\\x00'"],
      bytearray: ['bytearray', { $binary: '' }, "bytearray(b'')"],
      color: ['Color', 'red', "<Color.RED: 'red'>"],
      literal: ['Literal["a", 1]', 1, '1'],
      set: ['Set[int]', [1, 1], '{1}'],
      pair: ['Tuple[int, Color]', [1, 'blue'], "(1, <Color.BLUE: 'blue'>)"],
      by_number: ['Dict[int, Color]', { 7: 'red' }, "{7: <Color.RED: 'red'>}"],
      box: [
        'Box',
        { width: 1, kids: [{ width: 2 }] },
        "Box(width=1.0, color=<Color.RED: 'red'>, kids=[Box(width=2.0, color=<Color.RED: 'red'>, kids=[])])",
      ],
      movie: [
        'Movie',
        { title: 'Alien', at: '1979-05-25' },
        "{'title': 'Alien', 'at': datetime.date(1979, 5, 25)}",
      ],
      point: ['Point', { x: 1 }, 'Point(x=1.0, y=0.0)'],
      optional: ['Optional[Box]', null, 'None'],
      any: ['Any', { $binary: 'aGk=', x: [1] }, "{'$binary': 'aGk=', 'x': [1]}"],
      unhinted: ['Any', 'Grüße 🎉 \u2028 "\\', repr('Grüße 🎉 \u2028 "\\')],
    };
    const functions = Object.entries(cases).map(
      ([name, [hint]]) => `def run_${name}(value: ${hint}): return repr(value)`,
    );
    const pipe = await startPipe(HEADER + functions.join('\n'));
    const names = Object.keys(cases);
    const got = await Promise.all(names.map((name) => pipe.run(name, { value: cases[name]?.[1] })));
    expect(Object.fromEntries(names.map((name, index) => [name, got[index]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, cases[name]?.[2]])),
    );
  });

  it('that does not fit is refused as invalid input, naming every wrong place', async () => {
    const pipe = await startPipe(`${HEADER}
def run_x(box: Box, day: datetime.date, count: int = 1, ids: Set[int] = frozenset()): pass`);
    const given = {
      box: { width: 'wide', kids: [{ width: -1 }, { with: 2 }] },
      day: 'soon',
      ids: [true],
      counts: 2,
    };
    const error = await pipe.fail('x', given);
    expect(error.error_type).toBe('InvalidInput');
    expect(error.errors).toEqual([
      { path: '/box/width', message: 'expected a number, got a string' },
      { path: '/box/kids/0', message: 'a width is not negative' },
      { path: '/day', message: "expected a day such as 2026-01-31, got 'soon'" },
      { path: '/ids/0', message: 'expected a whole number, got a boolean' },
      { path: '/counts', message: 'is not known here; known are box, day, count, ids' },
    ]);
    expect(await pipe.fail('x', {})).toMatchObject({
      errors: [
        { path: '/box', message: 'is missing' },
        { path: '/day', message: 'is missing' },
      ],
    });
    expect(await pipe.fail('nothing')).toMatchObject({ error_type: 'InvalidInput' });
  });

  it('may be positional only, and takes its own default when it is left out', async () => {
    const pipe = await startPipe(`
def run_x(a, b=[1], /, c=3, *, d=4): return [a, b, c, d]`);
    expect(await pipe.run('x', { a: 0, d: 5 })).toEqual([0, [1], 3, 5]);
    expect(await pipe.run('x', { a: 0, b: 2, c: 1 })).toEqual([0, 2, 1, 4]);
  });
});

describe('a result', () => {
  it('becomes JSON, whatever common type it has', async () => {
    const values: Record<string, [code: string, json: unknown]> = {
      box: ['Box(1.0, Color.BLUE)', { width: 1, color: 'blue', kids: [] }],
      nested: [
        '{"a": [Color.RED, (1, 2), {3}, frozenset([4]), collections.deque([5])]}',
        { a: ['red', [1, 2], [3], [4], [5]] },
      ],
      moment: [
        'datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)',
        '2026-01-31T12:00:00+00:00',
      ],
      day: ['datetime.date(2026, 1, 31)', '2026-01-31'],
      duration: ['datetime.timedelta(days=1, hours=2, seconds=0.5)', 'P1DT2H0.5S'],
      decimal: ['decimal.Decimal("1.10")', '1.10'],
      id: ['uuid.UUID(int=1)', '00000000-0000-0000-0000-000000000001'],
      path: ['pathlib.PurePosixPath("a") / "b"', 'a/b'],
      bytes: ['b"hi"', { $binary: 'aGk=' }],
      view: ['memoryview(b"hi")', { $binary: 'aGk=' }],
      keys: [
        '{1: "a", None: "b", Color.RED: "c", datetime.date(2026, 1, 31): "d", 1.5: "e", True: "f"}',
        { 1: 'f', null: 'b', red: 'c', '2026-01-31': 'd', '1.5': 'e' },
      ],
      dict_views: ['[{"a": 1}.keys(), {"a": 1}.values()]', [['a'], [1]]],
      text: ['"Grüße 🎉 \\u2028"', 'Grüße 🎉 \u2028'],
      big: ['2 ** 53', 2 ** 53],
      nothing: ['None', null],
      array: ['Array()', [[1, 2]]],
    };
    const functions = Object.entries(values).map(([name, [code]]) => `def run_${name}(): return ${code}`);
    const pipe = await startPipe(`${HEADER}
class Array:
    def tolist(self): return [[1, 2]]
${functions.join('\n')}`);
    const names = Object.keys(values);
    const got = await Promise.all(names.map((name) => pipe.run(name)));
    expect(Object.fromEntries(names.map((name, index) => [name, got[index]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, values[name]?.[1]])),
    );
  });

  it('with a NamedTuple in its hint holds objects', async () => {
    const pipe = await startPipe(`${HEADER}
def run_one() -> Point: return Point(1.0)
def run_many() -> Dict[str, List[Point]]: return {"a": [Point(1.0, 2.0)]}
def run_stream() -> Iterator[Point]: yield Point(3.0)
def run_unhinted(): return Point(1.0)`);
    expect(await pipe.run('one')).toEqual({ x: 1, y: 0 });
    expect(await pipe.run('many')).toEqual({ a: [{ x: 1, y: 2 }] });
    expect(await pipe.run('unhinted')).toEqual([1, 0]);
    const id = pipe.begin('stream');
    await pipe.endOf(id);
    expect(pipe.said(id, 'chunk')).toEqual([{ x: 3, y: 0 }]);
  });

  it('with half of a surrogate pair in it is still valid JSON', async () => {
    const pipe = await startPipe('def run_x(): return "a\\ud800b"');
    expect(await pipe.run('x')).toBe('a\ud800b');
  });

  it.each([
    ['float("nan")', /the result: nan is no JSON number/],
    ['{"scores": [1.0, {"best": float("-inf")}]}', /\/scores\/1\/best: -inf is no JSON number/],
    ['{"model": object()}', /\/model: a object has no JSON form/],
    ['{"at": {(1, 2): 3}}', /\/at: a tuple cannot be the name of a property/],
    ['circle()', /\/self\/self|holds itself|nested too deeply/],
    ['(x for x in [1])', /a generator has no JSON form; return a list/],
    ['1j', /a complex has no JSON form/],
  ])('that JSON cannot hold is an invalid output that names the place: %s', async (code, message) => {
    const pipe = await startPipe(`
def circle():
    value = {}
    value["self"] = value
    return value
def run_x(): return ${code}`);
    const error = await pipe.fail('x');
    expect(error.error_type).toBe('InvalidOutput');
    expect(error.message).toMatch(message);
  });

  it('of ten megabytes arrives whole', async () => {
    const pipe = await startPipe('def run_x(text: str): return text + "!"');
    const text = 'ü'.repeat(5_000_000);
    expect(await pipe.run('x', { text })).toBe(`${text}!`);
  });
});

/** How Python shows a string that needs only its quotes. */
function repr(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll('\u2028', '\\u2028')}'`;
}
