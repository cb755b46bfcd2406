import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProjectHost } from '../../src/host/index.js';
import type { DescribedProject } from '../../src/langpack/index.js';
import { openDescribed, type HostFixtureOptions } from './host-fixture.js';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), 'fixtures', 'classic');

/** A program that speaks version 1, offered under two names as classic projects are. */
export function describeClassic(file: string, dir = FIXTURES): DescribedProject {
  const command = join(dir, file);
  return {
    project: { kind: 'classic', dir, name: file, language: 'fixture', adapter: command },
    algorithms: ['ann/x', 'x'].map((name) => ({ name, input: true, mode: 'unary', limits: {} })),
    launch: { command, args: [], cwd: dir, env: {}, protocol: 1 },
    sources: [],
    fingerprint: file,
  };
}

export function openClassic(file: string, options: HostFixtureOptions = {}): Promise<ProjectHost> {
  return openDescribed(describeClassic(file), options);
}
