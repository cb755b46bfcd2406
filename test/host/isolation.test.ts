import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listIsolations } from '../../src/host/classic/isolation.js';

const outside = mkdtempSync(join(tmpdir(), 'runyard isolation-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));

describe('a command with a /tmp of its own', () => {
  it.each(listIsolations())(
    'by $name sees its own and what it is to see, and nothing else of /tmp',
    (isolation) => {
      const tmp = join(outside, isolation.name);
      const project = join(outside, 'project');
      mkdirSync(project, { recursive: true });
      mkdirSync(join(tmp, project.slice('/tmp'.length)), { recursive: true });
      writeFileSync(join(project, 'file'), 'from the project');
      writeFileSync(join(tmp, 'own'), '');
      const script = 'pwd; ls /tmp; cat file; echo "$1"; echo "$0"; id -u; exit 7';
      const { command, args } = isolation.wrap({
        tmp,
        shown: [project],
        cwd: project,
        command: '/bin/sh',
        args: ['-c', script, '$HOME', 'a "b" c'],
      });
      let printed = '';
      try {
        execFileSync(command, args, { encoding: 'utf8' });
      } catch (error) {
        const { status, stdout } = error as { status: number; stdout: string };
        expect(status).toBe(7);
        printed = stdout;
      }
      const [parent = ''] = outside.slice('/tmp/'.length).split('/');
      expect(printed.split('\n')).toEqual([
        project,
        'own',
        parent,
        'from the projecta "b" c',
        '$HOME',
        String(process.getuid?.()),
        '',
      ]);
    },
  );
});
