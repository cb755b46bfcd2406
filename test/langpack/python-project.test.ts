import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createProject } from '../../src/langpack/create-project.js';
import { parseProjectDependencies } from '../../src/langpack/python/dependencies.js';
import { pythonLangpack } from '../../src/langpack/python/index.js';
import { until } from '../until.js';
import { childEnv, describeProject, makeProject, openPipe, toProject, untilReady } from './python-fixture.js';

const scratch = mkdtempSync(join(tmpdir(), 'runyard-python-project-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const PLAIN = 'def run_x(a: int) -> int: return a';

/** A folder with one program in it, for a PATH with nothing else. */
function folderWith(name: string, script: string): string {
  const dir = mkdtempSync(join(scratch, 'bin-'));
  writeFileSync(join(dir, name), script, { mode: 0o755 });
  return dir;
}

describe('describing a project', () => {
  it('launches the interpreter itself in the project’s folder', async () => {
    const project = makeProject(PLAIN);
    const { launch, algorithms } = await describeProject(project);
    expect(launch).toMatchObject({ cwd: project.dir, env: { PYTHONDONTWRITEBYTECODE: '1' } });
    expect(launch.command).toMatch(/^\/.*python[\d.]*$/);
    expect(launch.args).toEqual([expect.stringMatching(/langpacks\/python\/pipe\.py$/)]);
    expect(algorithms.map((one) => one.name)).toEqual(['x']);
  });

  it('leaves nothing behind in the project', async () => {
    const project = makeProject('import helper\ndef run_x(): pass', { 'helper.py': '' });
    await describeProject(project);
    expect(existsSync(join(project.dir, '__pycache__'))).toBe(false);
  });

  it('names the project’s own modules as sources, those imported inside functions too', async () => {
    const project = makeProject(
      'import sys\nfrom tools import first\ndef run_x():\n    import late, json\n    from pack import inner',
      {
        'tools/__init__.py': '',
        'tools/first.py': 'from . import second',
        'tools/second.py': '',
        'late.py': 'import later',
        'later.py': '',
        'pack/inner.py': '',
        'unused.py': '',
      },
    );
    const { sources } = await describeProject(project);
    const modules = [
      'late.py',
      'later.py',
      'pack/inner.py',
      'runner_adapter.py',
      'tools/__init__.py',
      'tools/first.py',
      'tools/second.py',
    ];
    const manifests = ['requirements.txt', 'pyproject.toml', 'runyard.yaml'];
    expect(sources).toEqual([...modules, ...manifests].map((name) => join(project.dir, name)));
  });

  it('gives another fingerprint exactly when a file of it changes', async () => {
    const project = makeProject('import helper\ndef run_x(): pass', {
      'helper.py': 'a = 1',
      'unused.py': '',
    });
    const { fingerprint } = await describeProject(project);
    const again = async (): Promise<string> => (await describeProject(project)).fingerprint;
    writeFileSync(join(project.dir, 'unused.py'), 'a = 2');
    expect(await again()).toBe(fingerprint);
    writeFileSync(join(project.dir, 'helper.py'), 'a = 2');
    const changed = await again();
    expect(changed).not.toBe(fingerprint);
    writeFileSync(join(project.dir, 'runyard.yaml'), 'name: x');
    expect(await again()).not.toBe(changed);
  });

  it('is not disturbed by what the adapter prints, nor by modules named like the pipe’s', async () => {
    const project = makeProject(
      `import os, exceptions, runyard
print("loading")
os.write(1, b"{}\\n")
def run_x(): return [exceptions.OWN, runyard.OWN]`,
      { 'exceptions.py': 'OWN = 1', 'runyard.py': 'OWN = 2' },
    );
    const described = await describeProject(project);
    const pipe = await untilReady(openPipe(described.launch));
    expect(await pipe.run('x')).toEqual([1, 2]);
  });

  it('refuses a module that Python’s own one of that name would hide', async () => {
    const project = makeProject('def run_x():\n    import signal\n    return signal.OWN', {
      'signal.py': 'OWN = 1',
    });
    await expect(describeProject(project)).rejects.toThrow(
      /signal\.py:1: signal is the name of one of Python's own/,
    );
  });

  it('does not run setup', async () => {
    const project = makeProject('def setup(): raise RuntimeError()\ndef run_x(): pass');
    expect((await describeProject(project)).algorithms).toHaveLength(1);
  });

  it.each([
    [
      'a missing package',
      'import os\nimport cv2\ndef run_x(): pass',
      /runner_adapter\.py:2: the module 'cv2' is not installed: add opencv-python-headless to requirements\.txt/,
    ],
    [
      'a missing package in a module',
      'import helper\ndef run_x(): pass',
      /helper\.py:2: the module 'nowhere_found' is not installed/,
    ],
    ['a syntax error', 'def run_x(:\n  pass', /runner_adapter\.py:1: SyntaxError/],
    [
      'an exception',
      'x = 1\nraise ValueError("no model here")',
      /runner_adapter\.py:2: ValueError: no model here/,
    ],
    [
      'an exit',
      'import sys\nsys.exit(3)',
      /runner_adapter\.py:2: the adapter ended the process while it was imported \(exit code 3\)/,
    ],
    [
      'a kill',
      'import os\nprint("last words", flush=True)\nos.kill(os.getpid(), 9)',
      /was ended by SIGKILL while it imported the adapter; it printed:\nlast words/,
    ],
  ])('says where importing it failed: %s', async (_what, adapter, message) => {
    const project = makeProject(adapter, { 'helper.py': '\nimport nowhere_found\n' });
    const error = await describeProject(project).catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: 'project_invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('ends although the adapter started a thread that does not', async () => {
    const adapter =
      'import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\ndef run_x(): pass';
    expect((await describeProject(makeProject(adapter))).algorithms).toHaveLength(1);
  });

  it('can be given up, and leaves no process behind', async () => {
    const project = makeProject(
      'import os, subprocess, time\nopen("pid", "w").write(str(subprocess.Popen(["sleep", "60"]).pid))\ntime.sleep(60)',
    );
    const controller = new AbortController();
    const described = pythonLangpack.describe(project, { env: childEnv(), signal: controller.signal });
    const pid = await until(
      'it is importing',
      () => existsSync(join(project.dir, 'pid')) && readFileSync(join(project.dir, 'pid'), 'utf8'),
    );
    controller.abort(new Error('enough'));
    await expect(described).rejects.toThrow('enough');
    await until('its child is gone', () => !isRunning(Number(pid)));
  });
});

/** A killed process may stay as a zombie until somebody asks for its end. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the interpreter', () => {
  it('is the project’s own when it has a .venv', async () => {
    const project = makeProject(PLAIN, { 'requirements.txt': 'no-such-package-anywhere==1\n' });
    const { launch } = await describeProject(makeProject(PLAIN));
    mkdirSync(join(project.dir, '.venv/bin'), { recursive: true });
    symlinkSync(launch.command, join(project.dir, '.venv/bin/python'));
    await pythonLangpack.setup(project, { env: childEnv() });
    expect((await describeProject(project)).launch.command).toBe(join(project.dir, '.venv/bin/python'));
    expect(existsSync(join(project.dir, '.runyard'))).toBe(false);
  });

  it('can be named', async () => {
    const { launch } = await describeProject(makeProject(PLAIN));
    const project = makeProject(PLAIN, { special: '' });
    rmSync(join(project.dir, 'special'));
    symlinkSync(launch.command, join(project.dir, 'special'));
    const described = await describeProject(project, { PATH: '', RUNYARD_PYTHON: './special' });
    expect(described.launch.command).toMatch(/python|special/);
    await expect(describeProject(project, { PATH: '', RUNYARD_PYTHON: './none' })).rejects.toMatchObject({
      code: 'interpreter_missing',
      message: expect.stringMatching(/RUNYARD_PYTHON names it/) as string,
    });
  });

  it('that is missing is said with what to do', async () => {
    await expect(describeProject(makeProject(PLAIN), { PATH: folderWith('ls', '') })).rejects.toMatchObject({
      code: 'interpreter_missing',
      message: expect.stringMatching(/There is no python3 and no python .*install Python 3\.8/) as string,
    });
  });

  it('that cannot be started is said too', async () => {
    const dir = folderWith('python3', '#!/no/such/interpreter\n');
    await expect(describeProject(makeProject(PLAIN), { PATH: dir })).rejects.toMatchObject({
      code: 'interpreter_missing',
    });
  });

  it('that is too old is named with its version', async () => {
    const answer = '{"executable": "/opt/python2", "version": "2.7.18", "error": {"kind": "python_too_old"}}';
    const dir = folderWith('python3', `#!/bin/sh\necho '${answer}' >&3\nexit 78\n`);
    await expect(describeProject(makeProject(PLAIN), childEnv({ PATH: dir }))).rejects.toMatchObject({
      code: 'interpreter_missing',
      message: expect.stringMatching(
        /needs Python 3\.8 or newer, but \/opt\/python2 is Python 2\.7\.18/,
      ) as string,
    });
  });
});

/** Writes a package that needs nothing from the network. */
function makeWheel(dir: string, version: number): void {
  const info = `vendored-${version}.dist-info`;
  const script = `
import zipfile
with zipfile.ZipFile("vendored-${version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr("vendored.py", "ANSWER = ${version}\\n")
    wheel.writestr("${info}/METADATA", "Metadata-Version: 2.1\\nName: vendored\\nVersion: ${version}\\n")
    wheel.writestr("${info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("${info}/RECORD", "vendored.py,,\\n${info}/METADATA,,\\n${info}/WHEEL,,\\n${info}/RECORD,,\\n")
`;
  execFileSync('python3', ['-c', script], { cwd: dir });
}

describe('setting a project up', () => {
  it('installs requirements.txt once, into an environment of its own, and again when it changes', async () => {
    const project = makeProject('import vendored\ndef run_x(): return vendored.ANSWER');
    const require = (version: number): void => {
      makeWheel(project.dir, version);
      writeFileSync(join(project.dir, 'requirements.txt'), `./vendored-${version}-py3-none-any.whl\n`);
    };
    const lines: string[] = [];
    const env = childEnv({ PIP_NO_INDEX: '1' });
    const setup = (): Promise<void> =>
      pythonLangpack.setup(project, { env, onProgress: (line) => lines.push(line) });
    require(1);
    await Promise.all([setup(), setup()]);
    expect(lines.filter((line) => line.includes('making .runyard/venv'))).toHaveLength(1);
    expect(lines.join('\n')).toMatch(/installing requirements\.txt[\s\S]*Successfully installed vendored-1/);
    const described = await describeProject(project);
    expect(described.launch.command).toBe(join(project.dir, '.runyard/venv/bin/python'));
    expect(readFileSync(join(project.dir, '.runyard/.gitignore'), 'utf8')).toBe('*\n');
    expect(await (await untilReady(openPipe(described.launch))).run('x')).toBe(1);
    const before = lines.length;
    await setup();
    expect(lines).toHaveLength(before);
    require(2);
    await setup();
    const changed = await describeProject(project);
    expect(changed.fingerprint).not.toBe(described.fingerprint);
    expect(await (await untilReady(openPipe(changed.launch))).run('x')).toBe(2);
  }, 180_000);

  it('that fails says what pip said, and does not count as done', async () => {
    const project = makeProject(PLAIN, { 'requirements.txt': './missing-folder\n' });
    for (let time = 0; time < 2; time++) {
      await expect(pythonLangpack.setup(project, { env: childEnv() })).rejects.toMatchObject({
        code: 'project_setup_failed',
        message: expect.stringMatching(
          /pip could not install requirements\.txt[\s\S]*missing-folder/,
        ) as string,
      });
    }
    expect((await describeProject(project)).launch.command).not.toContain('.runyard');
  }, 120_000);

  it('without the means to make environments says what to install', async () => {
    const script =
      '#!/bin/sh\necho "The virtual environment was not created successfully because ensurepip is not available."\nexit 1\n';
    const project = makeProject(PLAIN, { 'requirements.txt': 'colorama\n' });
    await expect(
      pythonLangpack.setup(project, { env: childEnv({ PATH: folderWith('python3', script) }) }),
    ).rejects.toMatchObject({
      code: 'project_setup_failed',
      message: expect.stringMatching(/apt install python3-venv/) as string,
    });
    expect(existsSync(join(project.dir, '.runyard/setup.lock'))).toBe(false);
  });

  it('waits for nobody who has died', async () => {
    const project = makeProject(PLAIN, {
      'requirements.txt': 'colorama\n',
      '.runyard/setup.lock': '4194304999',
    });
    await expect(
      pythonLangpack.setup(project, {
        env: childEnv({ PATH: folderWith('python3', '#!/bin/sh\nexit 1\n') }),
      }),
    ).rejects.toMatchObject({ code: 'project_setup_failed' });
  });

  it('waits for another process that is at it', async () => {
    const project = makeProject(PLAIN, {
      'requirements.txt': 'colorama\n',
      '.runyard/setup.lock': String(process.pid),
    });
    const lines: string[] = [];
    const env = childEnv({ PATH: folderWith('python3', '#!/bin/sh\nexit 1\n') });
    const done = pythonLangpack.setup(project, { env, onProgress: (line) => lines.push(line) });
    const rejected = expect(done).rejects.toMatchObject({ code: 'project_setup_failed' });
    await until('it waits', () => lines.some((line) => line.includes('another process sets the project up')));
    rmSync(join(project.dir, '.runyard/setup.lock'));
    await rejected;
  });

  it.each(['', '# nothing yet\n\n'])('does nothing for requirements that ask for nothing', async (text) => {
    const project = makeProject(PLAIN, { 'requirements.txt': text });
    await pythonLangpack.setup(project, { env: childEnv({ PATH: '' }) });
    expect(existsSync(join(project.dir, '.runyard'))).toBe(false);
  });

  it('reads the dependencies of a pyproject.toml', () => {
    const toml = `
[build-system]
requires = ["setuptools"]

[project]
name = "x"
dependencies = [
  "uvicorn[standard]>=0.20", # a server ["not this"]
  'pillow',
]
[project.optional-dependencies]
dev = ["pytest"]
[tool.other]
dependencies = ["nothing"]
`;
    expect(parseProjectDependencies(toml)).toEqual(['uvicorn[standard]>=0.20', 'pillow']);
    expect(parseProjectDependencies('[tool.ruff]\nline-length = 100')).toEqual([]);
    expect(parseProjectDependencies('[project]\ndependencies = []')).toEqual([]);
  });
});

describe('a project made from the template', () => {
  it('is described, and its own cases pass', async () => {
    const dir = join(mkdtempSync(join(scratch, 'new-')), 'word-count');
    expect(await createProject({ langpack: pythonLangpack, name: 'word-count', dir })).toEqual([
      'README.md',
      'runner_adapter.py',
      'tests.json',
    ]);
    const described = await describeProject(toProject(dir));
    expect(described.algorithms).toMatchObject([
      { name: 'word_count', description: 'Counts words and characters.' },
    ]);
    const pipe = await untilReady(openPipe(described.launch));
    const cases = JSON.parse(readFileSync(join(dir, 'tests.json'), 'utf8')) as {
      algorithm: string;
      args: object;
      result: unknown;
    }[];
    expect(cases.length).toBeGreaterThan(0);
    for (const { algorithm, args, result } of cases) expect(await pipe.run(algorithm, args)).toEqual(result);
  });
});
