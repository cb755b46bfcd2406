import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { argument, env, makeFolder, writeFiles } from '../langpack/made-project.js';
import { describeClassic } from './classic.js';
import { describeConformance } from './conformance.js';
import { describeFiles, describeFolder, problemsOf, runAll, told } from './language-project.js';
import { describeTemplate } from './template.js';

describeConformance('java');

describeTemplate('java');

describeClassic(
  'java',
  `package algorithmia.echo;

import java.util.Map;

public class echo {
    public static class OddWeather extends RuntimeException {
        OddWeather(String message) {
            super(message);
        }
    }

    public Object apply(Object input) {
        if (input instanceof String text) return "hello " + text;
        if (input instanceof byte[] bytes) return Map.of("length", bytes.length);
        if (input instanceof Map<?, ?> map && map.get("fail") instanceof String message) throw new OddWeather(message);
        if (input instanceof Map<?, ?> map && map.get("bytes") instanceof Number count) {
            byte[] bytes = new byte[count.intValue()];
            for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
            return bytes;
        }
        return input;
    }
}
`,
  /echo\.apply\(echo\.java:15\)/,
);

const adapterOf = (...lines: string[]): string =>
  ['import java.util.*; import runyard.*; public class RunnerAdapter {', ...lines, '}'].join('\n');

describe('what is wrong with a Java adapter', () => {
  it('is told all at once, with file, line, function and argument', async () => {
    const problems = await problemsOf({
      'RunnerAdapter.java': adapterOf(
        'public interface Open {}',
        'public static void runOne(Thread a, Runnable b) {}',
        'public static String runTwo(Open open) { return ""; }',
        'public static void run_one() {}',
        'public static void runThree(String... text) {}',
        '/** @param size {@minimum 1}',
        ' *  @param count {@least 1} */',
        'public static void runFour(String size, int count) {}',
        'public static String batchFive(String text) { return null; }',
        '/** @param nobody knows it */',
        'public static Map<Integer, String> runSix() { return null; }',
        'public void runSeven(Context ctx, int last) {}',
        '/** @param count {@default many} @param more */',
        'public static void runEight(int count) {}',
        'public static void setup(String name) {}',
        'private static void runAlone(Thread mine) {}',
      ),
    });
    expect(problems).toEqual([
      'RunnerAdapter.java:3: runOne, argument a: Thread has no form in JSON',
      expect.stringContaining('RunnerAdapter.java:3: runOne, argument b: Runnable has no form in JSON'),
      expect.stringMatching(
        /^RunnerAdapter.java:4: runTwo, argument open: .*Open has no form in JSON; a sealed/,
      ),
      'RunnerAdapter.java:5: run_one: the algorithm one is there already, by runOne',
      expect.stringMatching(/^RunnerAdapter.java:6: runThree: an algorithm has no type parameters/),
      'RunnerAdapter.java:9: runFour, argument size: {@minimum} is for a number, which this is not',
      'RunnerAdapter.java:9: runFour, argument count: {@least} is no constraint of JSON Schema that is known here',
      expect.stringMatching(
        /^RunnerAdapter.java:10: batchFive, argument text: a batch function takes a List/,
      ),
      expect.stringMatching(/^RunnerAdapter.java:10: batchFive, result: a batch function gives a List/),
      'RunnerAdapter.java:12: runSix, result: the keys of a map must be String, but are Integer',
      'RunnerAdapter.java:12: runSix, argument nobody: the comment tells of it, but the function has no such argument',
      'RunnerAdapter.java:13: runSeven: must be public and static',
      'RunnerAdapter.java:13: runSeven, argument ctx: the context must be the last argument',
      expect.stringMatching(
        /^RunnerAdapter.java:15: runEight, argument count: {@default} takes JSON, but says "many"/,
      ),
      'RunnerAdapter.java:16: setup: expected static void setup()',
    ]);
  });

  it('is told when the compiler refuses it, and when there is no algorithm', async () => {
    const wrong = adapterOf(
      'public static String runOne() { return 1; }',
      'public static Lost runTwo() { return null; }',
    );
    const problems = await problemsOf({ 'RunnerAdapter.java': wrong });
    expect(problems).toHaveLength(2);
    expect(problems).toContainEqual(expect.stringMatching(/^RunnerAdapter.java:2: incompatible types: int/));
    expect(problems).toContainEqual(expect.stringMatching(/^RunnerAdapter.java:3: cannot find symbol/));
    expect(await problemsOf({ 'RunnerAdapter.java': adapterOf('static void other() {}') })).toEqual([
      expect.stringContaining('there is no method public static run_name'),
    ]);
  });
});

describe('a Java adapter', () => {
  it('may be in a package, with generic records, sets, classes with fields, and words about each', async () => {
    const described = await describeFiles({
      'RunnerAdapter.java': [
        'package words;',
        'import java.util.*; import java.math.*; import java.time.*; import runyard.*;',
        '@Concurrency(4)',
        'public class RunnerAdapter {',
        '  /** @param items what is on it {@maxItems 3} */',
        '  public record Page<T>(List<T> items, Optional<Page<T>> next) {}',
        '  public static class Plain { /** a name */ private String name; public int[] sizes; transient int left; }',
        '  public enum Kind { A, @Name("b") B }',
        '  /** Gives it {@code back}. */',
        '  public static Page<Plain> runPage(Page<Plain> page) { return page; }',
        '  public static Set<Kind> runKinds(Set<Kind> kinds, @Name("most-of") Optional<Integer> most) { return kinds; }',
        '  public static List<Object> runExact(BigInteger whole, BigDecimal number, LocalDate day) { return List.of(whole, number, day); }',
        '  public static int runInt(int n) { return n; }',
        '  public static void runThrows() throws Exception { throw new java.io.IOException(new IllegalStateException("inner")); }',
        '  public static String runNull() { return null; }',
        '  public static Object runLoop() { List<Object> list = new ArrayList<>(); list.add(list); return list; }',
        '}',
      ].join('\n'),
    });
    const [page, kinds] = described.algorithms;
    expect(page?.description).toBe('Gives it back.');
    expect(page?.input).toMatchObject({
      properties: { page: { $ref: '#/$defs/Page' } },
      $defs: {
        Page: {
          properties: {
            items: {
              description: 'what is on it',
              maxItems: 3,
              items: {
                properties: {
                  name: { type: 'string', description: 'a name' },
                  sizes: { type: 'array', items: { type: 'integer' } },
                },
                required: ['name', 'sizes'],
              },
            },
          },
          required: ['items'],
        },
      },
    });
    expect(argument(kinds, 'kinds')).toEqual({
      type: 'array',
      items: { type: 'string', enum: ['A', 'b'] },
      uniqueItems: true,
    });
    expect(argument(kinds, 'most-of')).toMatchObject({ default: null });
    const value = { items: [{ name: 'n', sizes: [1, 2] }], next: { items: [] } };
    const whole = 2 ** 31;
    const outcomes = await runAll(described, [
      { algorithm: 'page', args: { page: value } },
      { algorithm: 'kinds', args: { kinds: ['b'], 'most-of': 3 } },
      { algorithm: 'exact', args: { whole: 5, number: 0.1, day: '2026-01-31' } },
      { algorithm: 'int', args: { n: whole } },
      { algorithm: 'throws', args: {} },
      { algorithm: 'null', args: {} },
      { algorithm: 'loop', args: {} },
      { algorithm: 'int', args: { n: 1 } },
    ]);
    expect(outcomes.map(told)).toEqual([
      value,
      ['b'],
      [5, 0.1, '2026-01-31'],
      expect.stringMatching(/InvalidInput: \/n: expected a whole number from -2147483648 to 2147483647/),
      'IOException: java.lang.IllegalStateException: inner',
      expect.stringMatching(/InvalidOutput: .*null, which its type does not allow/),
      expect.stringMatching(/StackOverflowError/),
      1,
    ]);
    const thrown = outcomes[4];
    expect(thrown?.ok === false && thrown.error.stacktrace).toMatch(
      /Caused by: java.lang.IllegalStateException: inner/,
    );
  });

  it('finds the classes of jars in lib/, and of other files under src', async () => {
    const dir = makeFolder();
    const library = makeFolder();
    mkdirSync(join(dir, 'lib'));
    writeFiles(library, {
      'greet/Hello.java':
        'package greet; public class Hello { public static String to(String name) { return "hello " + name; } }',
    });
    execFileSync('javac', ['greet/Hello.java'], { cwd: library });
    execFileSync('jar', ['--create', '--file', join(dir, 'lib', 'greet.jar'), 'greet/Hello.class'], {
      cwd: library,
    });
    writeFiles(dir, {
      'src/main/java/more/Loud.java':
        'package more; public class Loud { public static String say(String text) { return text.toUpperCase(); } }',
      'src/main/resources/mark.txt': '!',
      'RunnerAdapter.java': adapterOf(
        'public static String runGreet(String name) throws Exception {',
        '  try (var mark = RunnerAdapter.class.getResourceAsStream("/mark.txt")) {',
        '    return more.Loud.say(greet.Hello.to(name)) + new String(mark.readAllBytes());',
        '  }',
        '}',
      ),
    });
    const outcomes = await runAll(await describeFolder(dir), [{ algorithm: 'greet', args: { name: 'ada' } }]);
    expect(outcomes.map(told)).toEqual(['HELLO ADA!']);
  });

  it('finds what its pom.xml asks for, fetched with Maven', async () => {
    const described = await describeFiles({
      'pom.xml': [
        '<project xmlns="http://maven.apache.org/POM/4.0.0">',
        '  <modelVersion>4.0.0</modelVersion>',
        '  <groupId>project</groupId><artifactId>project</artifactId><version>1</version>',
        '  <dependencies><dependency>',
        '    <groupId>org.apache.commons</groupId><artifactId>commons-text</artifactId><version>1.12.0</version>',
        '  </dependency></dependencies>',
        '</project>',
      ].join('\n'),
      'RunnerAdapter.java': adapterOf(
        'public static String runTurn(String text) { return org.apache.commons.lang3.StringUtils.reverse(text); }',
      ),
    });
    const outcomes = await runAll(described, [{ algorithm: 'turn', args: { text: 'abc' } }]);
    expect(outcomes.map(told)).toEqual(['cba']);
  }, 300_000);
});

describe('the pipe of a Java project', () => {
  it('answers each line, whatever it holds, and ends with its input', async () => {
    const { project, launch } = await describeFiles({
      'RunnerAdapter.java': adapterOf('public static Object runEcho(Object value) { return value; }'),
    });
    const answers = join(project.dir, 'answers');
    const line = (id: string, value: string): string =>
      `{"id":"${id}","algorithm":"echo","args":{"value":${value}}}`;
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const lines = [
      line('good', '[1e2, -0.5, 12345678901234567890, "\\ud83d\\ude00 \\/", "\\ud800"]'),
      'no request',
      line('zero', '01'),
      line('half', '1.'),
      line('tab', '"\t"'),
      line('open', '[1, 2'),
      line('deep', deep),
      '{"id":"lost","algorithm":"lost","args":{}}',
      line('last', 'null'),
    ];
    const { status, stderr } = spawnSync(launch.command, launch.args, {
      cwd: launch.cwd,
      env: { ...env, ...launch.env, ALGOOUT: answers },
      input: lines.join('\n'),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining('no request') as string,
    });
    const written = readFileSync(answers, 'utf8').trim().split('\n');
    // What cannot be read is refused at once; what can waits for its turn.
    const byId = new Map(written.map((text) => [(JSON.parse(text) as { id: string }).id, text]));
    expect(byId.get('good')).toBe('{"id":"good","result":[100,-0.5,12345678901234567890,"😀 /","\\ud800"]}');
    expect(byId.get('last')).toBe('{"id":"last","result":null}');
    for (const id of ['zero', 'half', 'tab', 'open', 'deep', 'lost']) {
      expect(byId.get(id)).toContain('"error_type":"InvalidInput"');
    }
    expect(written).toHaveLength(8);
  });
});

describe('a classic Java project', () => {
  const project = (...lines: string[]): Record<string, string> => ({
    'algorithmia.conf': '{"username": "ada", "algoname": "thing", "language": "java"}',
    'src/main/java/algorithmia/thing/thing.java': ['package algorithmia.thing;', ...lines].join('\n'),
  });

  it('takes text, bytes and JSON by the types of its parameters', async () => {
    const described = await describeFiles(
      project(
        'public class thing {',
        '  public static class Input { public int a; public int b; }',
        '  public String apply(String text) { return "text " + text; }',
        '  public byte[] apply(byte[] bytes) { return new byte[] {(byte) bytes.length}; }',
        '  public Object apply(Input input) { return java.util.Map.of("quotient", input.a / input.b); }',
        '}',
      ),
    );
    const outcomes = await runAll(described, [
      { algorithm: 'ada/thing', args: 'a', contentType: 'text' },
      { algorithm: 'thing', args: { $binary: 'AQI=' } },
      { algorithm: 'thing', args: { a: 6, b: 3 } },
      { algorithm: 'thing', args: { a: 6, b: 0 } },
      { algorithm: 'thing', args: [1] },
    ]);
    expect(outcomes.map(told)).toEqual([
      'text a',
      { $binary: 'Ag==' },
      { quotient: 2 },
      'ArithmeticException: / by zero',
      expect.stringMatching(/^InvalidInput: the input does not fit: expected/),
    ]);
  });

  it('is refused with file and line when it has no such method', async () => {
    const [problem] = await problemsOf(
      project('public class thing { public String apply() { return ""; } }'),
    );
    expect(problem).toContain(
      'src/main/java/algorithmia/thing/thing.java:2: expected a method public U apply(T input)',
    );
  });
});
