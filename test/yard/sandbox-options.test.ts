import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { resolveSandbox } from '../../src/yard/sandbox-options.js';

const silent = resolveSettings([]).sandbox;
const strict = { ...silent, level: 'namespace', network: false } as const;

describe('the sandbox of a project', () => {
  it('is none unless somebody asks for one', () => {
    expect(resolveSandbox(silent)).toMatchObject({ level: 'none' });
  });

  it('is what the project says in a yard that says nothing', () => {
    const own = { level: 'namespace', network: true, memoryBytes: 5 } as const;
    expect(resolveSandbox(silent, own)).toMatchObject(own);
  });

  it('is not weakened by the project', () => {
    const own = {
      level: 'none',
      network: true,
      memoryBytes: 0,
      maxProcesses: 9999,
      readable: ['/'],
    } as const;
    expect(resolveSandbox(strict, { ...own, readable: ['/'] })).toEqual(strict);
  });

  it('is strengthened by the project', () => {
    const yard = { ...silent, level: 'process', network: true } as const;
    const own = { level: 'namespace', network: false, memoryBytes: 5, tmpBytes: 7 } as const;
    expect(resolveSandbox(yard, own)).toEqual({ ...yard, ...own });
  });

  it('is what the yard says of this project, above all', () => {
    const given = { level: 'process', network: true } as const;
    expect(resolveSandbox(strict, { level: 'namespace' }, given)).toMatchObject(given);
  });
});
