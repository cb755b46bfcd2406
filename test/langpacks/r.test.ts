import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import { getLangpack } from '../../src/langpack/index.js';
import {
  argument,
  describeFiles,
  describeProject,
  describeRefused,
  env,
  makeFolder,
  makeProject,
  writeFiles,
} from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeTemplate } from './template.js';

describeConformance('r');
describeTemplate('r');
describeClassic(
  'r',
  `algorithm <- function(input) {
  if (is.raw(input)) return(list(length = length(input)))
  if (is.character(input)) return(paste("hello", input))
  if (!is.null(names(input)) && !is.null(input$fail)) {
    stop(errorCondition(input$fail, class = "OddWeather"))
  }
  if (!is.null(names(input)) && !is.null(input$bytes)) return(as.raw(seq_len(input$bytes) - 1))
  input
}
`,
  /algorithm\(input\)/,
);

describe('types of an R adapter', () => {
  it('are read from roxygen comments and defaults', async () => {
    const { x } = await describeFiles({
      'runner_adapter.R': `
source("R/types.R")

#' Finds something.
#' In two lines.
#'
#' @param one (\`integer(1)\`)\\cr how many
#'   to give {@minimum 1}
#' @param many (integer())
#' @param day (Date(1) | NULL) {@format date}
#' @param rows (data.frame(name = character(), size = numeric(1)))
#' @param box (Box)
#' @param pair (list(character(1), any))
#' @param count (count)
#' @export
run_x <- function(one, many, day, rows, box, pair, count, untyped,
                  size = 3L, ratio = -0.5, sign = "a\\n", flag = TRUE, nothing = NULL, late = Sys.time(),
                  colour = c("red", "green"), ctx) NULL
`,
      'R/types.R': `#' @type Box list(inner = list_of(Box), size = optional(numeric(1)))\nNULL\n`,
    });
    expect(x?.description).toBe('Finds something. In two lines.');
    const names = 'one many day rows box pair count untyped size ratio sign flag nothing late colour'.split(
      ' ',
    );
    expect(Object.keys((x?.input as { properties: object }).properties)).toEqual(names);
    expect(Object.fromEntries(names.map((name) => [name, argument(x, name)]))).toEqual({
      one: { type: 'integer', minimum: 1, description: 'how many to give' },
      many: { type: 'array', items: { type: 'integer' } },
      day: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
      rows: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, size: { type: 'number' } },
          required: ['name', 'size'],
          additionalProperties: false,
        },
      },
      box: { $ref: '#/$defs/Box' },
      pair: {
        type: 'array',
        prefixItems: [{ type: 'string' }, {}],
        items: false,
        minItems: 2,
        maxItems: 2,
      },
      count: { type: 'integer' },
      untyped: {},
      size: { type: 'integer', default: 3 },
      ratio: { type: 'number', default: -0.5 },
      sign: { type: 'string', default: 'a\n' },
      flag: { type: 'boolean', default: true },
      nothing: { default: null },
      late: {},
      colour: { enum: ['red', 'green'], default: 'red' },
    });
    expect((x?.input as { $defs: object }).$defs).toEqual({
      Box: {
        type: 'object',
        properties: { inner: { type: 'array', items: { $ref: '#/$defs/Box' } }, size: { type: 'number' } },
        required: ['inner'],
        additionalProperties: false,
      },
    });
  });
});

describe('what is wrong with an R adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const { message } = await describeRefused({
      'runner_adapter.R': `source("more.R")
#' @param a (strnig(1))
#' @param b (list_of(character(1))
#' @param c (integer(3))
#' @param typo (character(1))
#' @return (complex(1))
run_x <- function(a, b, c) NULL
run_rest <- function(...) NULL
#' @param n (integer(1)) {@minimun 1}
#' @param text (character(1)) {@minimum 1}
#' @param part (list(a = integer(1), NULL))
run_limits <- function(n, text, part) NULL
run_twice <- function() 1
run_twice <- function() 2
batch_limits <- function(items) NULL
#' @param items (character())
batch_texts <- function(items) NULL
batch_two <- function(a, b) NULL
`,
      'more.R': `#' @param a (stream_of(character(1)))
run_more <- function(a) NULL
`,
    });
    expect(message.split('\n  ').slice(1)).toEqual(EXPECTED_PROBLEMS);
  });

  it.each([
    ['run_x <- function( {', /runner_adapter\.R:1: it cannot be loaded: unexpected/],
    ['\nstop("no luck")', /runner_adapter\.R:1: it cannot be loaded: no luck/],
    ['library(not.there)', /it cannot be loaded: there is no package called/],
    ['helper <- function() 1', /there is no function run_<name>/],
    ["#' @type Box list(\nNULL\nrun_x <- function() 1", /the type \(list\(\) cannot be read/],
    ['limits <- list(y = list(timeout_ms = 5))\nrun_x <- function() 1', /limits\.y is no algorithm/],
  ])('is said of %j', async (source, message) => {
    expect((await describeRefused({ 'runner_adapter.R': source })).message).toMatch(message);
  });
});

describe('values of R', () => {
  it('keep what tells one value from a list of one', async () => {
    const project = await makeProject({
      'runner_adapter.R': `
#' @param texts (character())
#' @return (character())
run_same <- function(texts) texts
#' @param size (numeric())
#' @return (list(scalar = numeric(1), vector = numeric()))
run_both <- function(size) list(scalar = size, vector = size)
#' @return (map_of(integer(1)))
run_none <- function() list()
run_plain <- function() list(1L, 2.5, "a", TRUE, NA, NULL, c(1, 2), I(7), list(), c(a = 1), 1e300, 0.1 + 0.2, 123456789012)
run_frame <- function() data.frame(n = 1:2, s = c("a", NA))
run_matrix <- function() matrix(1:4, 2)
run_times <- function() list(as.Date("2026-01-31"), as.POSIXct("2026-01-31 12:00:00.25", tz = "UTC"), factor("x"))
run_choose <- function(colour = c("red", "green")) match.arg(colour)
run_text <- function(text = "ü") paste0(text, "\\v\\001")
`,
    });
    const host = await createProjectHost({ described: await describeProject(project), env });
    const run = async (algorithm: string, args: object = {}): Promise<string> => {
      const outcome = await host.run({ id: algorithm, algorithm, args });
      return outcome.ok ? outcome.resultJson : `${outcome.error.errorType}: ${outcome.error.message}`;
    };
    expect(await run('same', { texts: ['a'] })).toBe('["a"]');
    expect(await run('same', { texts: [] })).toBe('[]');
    expect(await run('both', { size: [1] })).toBe('{"scalar":1,"vector":[1]}');
    expect(await run('none')).toBe('{}');
    expect(JSON.parse(await run('plain'))).toEqual([
      1,
      2.5,
      'a',
      true,
      null,
      null,
      [1, 2],
      [7],
      [],
      { a: 1 },
      1e300,
      0.1 + 0.2,
      123456789012,
    ]);
    expect(await run('frame')).toBe('[{"n":1,"s":"a"},{"n":2,"s":null}]');
    expect(await run('matrix')).toBe('[[1,3],[2,4]]');
    expect(await run('times')).toBe('["2026-01-31","2026-01-31T12:00:00.250Z","x"]');
    expect(await run('choose')).toBe('"red"');
    expect(await run('choose', { colour: 'green' })).toBe('"green"');
    expect(JSON.parse(await run('text'))).toBe('ü\v\u0001');
    expect(await run('text', { text: 'a\\u0000' })).toContain('a');
    expect(await run('text', { text: 'a\u0000' })).toBe(
      'InvalidInput: a text in R cannot hold the character U+0000',
    );
    await host.close();
  });
});

describe('an R project', () => {
  it('gets the packages of its DESCRIPTION, and takes them along into an archive', async () => {
    const repository = makeFolder();
    writeFiles(repository, {
      'greeting/DESCRIPTION':
        'Package: greeting\nVersion: 1.0\nTitle: Greets\nDescription: Greets.\nAuthor: Ann\nMaintainer: Ann <a@b.c>\nLicense: MIT\n',
      'greeting/NAMESPACE': 'export(word)\n',
      'greeting/R/word.R': 'word <- function() "hello"\n',
    });
    const contrib = join(repository, 'src', 'contrib');
    execFileSync('mkdir', ['-p', contrib]);
    execFileSync('tar', ['-czf', join(contrib, 'greeting_1.0.tar.gz'), 'greeting'], { cwd: repository });
    writeFiles(contrib, { PACKAGES: 'Package: greeting\nVersion: 1.0\nLicense: MIT\n' });
    const project = await makeProject({
      DESCRIPTION: 'Package: mine\nVersion: 1.0\nImports: greeting (>= 1.0),\n    stats\n',
      '.Rprofile': `options(repos = c(CRAN = "file://${repository}"))\n`,
      'runner_adapter.R': 'library(greeting)\nrun_x <- function() word()\n',
    });
    const langpack = getLangpack('r');
    await langpack.setup(project, { env, machineEnv: process.env });
    const described = await describeProject(project);
    const host = await createProjectHost({ described, env });
    const outcome = await host.run({ id: '1', algorithm: 'x', args: {} });
    await host.close();
    expect(outcome).toMatchObject({ ok: true, resultJson: '"hello"' });
    const packed = await langpack.pack(described, { env });
    const files = packed.files.flatMap(({ from }) =>
      readdirSync(from, { recursive: true, encoding: 'utf8' }),
    );
    await packed.discard();
    expect(files).toContain('library/greeting/DESCRIPTION');
  });

  it('keeps its answers apart from what it and its children print', async () => {
    const project = await makeProject({
      'runner_adapter.R': `
run_x <- function() {
  cat("no end")
  message("to stderr")
  system("echo child; cat")
  length(readLines(file("stdin")))
}
run_bad <- function() list(a = list("\\xff"))
run_gone <- function() quit(save = "no", status = 3)
run_closure <- function() list(f = function() 1)
`,
    });
    const host = await createProjectHost({ described: await describeProject(project), env });
    const run = (algorithm: string) => host.run({ id: algorithm, algorithm, args: {} });
    expect(await run('x')).toMatchObject({ resultJson: '0' });
    expect(await run('bad')).toMatchObject({
      error: {
        code: 'invalid_output',
        message: expect.stringContaining('/a/0: the text is no valid UTF-8') as string,
      },
    });
    expect(await run('closure')).toMatchObject({ error: { code: 'invalid_output' } });
    expect(await run('gone')).toMatchObject({ error: { code: 'process_died' } });
    expect(await run('x')).toMatchObject({ ok: true });
    await host.close();
  });
});

const NO_TYPE =
  'expected character(1), numeric(1), integer(1), logical(1), the same without 1 for vectors, list_of(T), map_of(T), list(name = T), POSIXct(1), raw(), NULL, any, or a name that `@type` gives';

const EXPECTED_PROBLEMS = [
  'more.R:2: run_more, argument a: stream_of() can only be what the function returns',
  'runner_adapter.R:7: run_x, argument typo: there is a comment on it, but no argument of this name; there are a, b, c',
  `runner_adapter.R:7: run_x, argument a: there is no type strnig; ${NO_TYPE}`,
  'runner_adapter.R:7: run_x, argument b: the type (list_of(character(1)) cannot be read',
  'runner_adapter.R:7: run_x, argument c: `integer(3)`: expected integer(1) for one value or integer() for many',
  `runner_adapter.R:7: run_x, result: there is no type complex; ${NO_TYPE}`,
  'runner_adapter.R:8: run_rest, argument ...: ... has no names to call it by; take a list',
  'runner_adapter.R:12: run_limits, argument n: {@minimun} is no constraint; did you mean {@minimum}?',
  'runner_adapter.R:12: run_limits, argument text: {@minimum} is for integer and number, not for {"type":"string"}',
  'runner_adapter.R:12: run_limits, argument part: some values of list() have names and some have none',
  'runner_adapter.R:17: batch_texts, argument items: a batch function takes list_of(T) and returns one, not character()',
  'runner_adapter.R:18: batch_two: a batch function takes one argument, a list of items (and ctx when it wants)',
  'runner_adapter.R:1: run_limits and batch_limits are both there; an algorithm has one function',
  'runner_adapter.R:14: run_twice is defined twice; an algorithm has one function',
];
