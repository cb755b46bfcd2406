import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  algorithmLimitsSchema,
  environmentName,
  projectSettingsSchema,
  settingsSchema,
} from '../src/config/index.js';
import { catalogue } from '../src/errors/index.js';
import { manifestSchema } from '../src/langpack/index.js';
import { createMetrics } from '../src/telemetry/index.js';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const render = (await import(new URL('../scripts/reference.mjs', import.meta.url).href)) as Record<
  string,
  (...args: unknown[]) => string
>;

describe('the reference pages', () => {
  it('of errors hold exactly the catalogue', () => {
    expect(read('docs/errors.md')).toBe(render['renderErrors']?.(catalogue));
  });

  it('of settings hold exactly the definitions', () => {
    const page = render['renderConfiguration']?.(
      settingsSchema,
      projectSettingsSchema,
      algorithmLimitsSchema,
      environmentName,
    );
    expect(read('docs/configuration.md')).toBe(page);
  });

  it('of metrics hold exactly those of the code', () => {
    const page = read('docs/operations.md');
    expect(render['fillMetrics']?.(page, createMetrics().registry)).toBe(page);
    expect(page).toContain('| `runyard_queue_oldest_seconds`');
  });

  it('of langpacks hold exactly the keys of a manifest', () => {
    const page = read('docs/langpacks.md');
    expect(render['fillManifest']?.(page, manifestSchema)).toBe(page);
    expect(page).toContain('| `toolchain.debian`');
  });

  it('of dependencies give one line of reason to each runtime dependency, and to no other', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const named = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)`\s*\|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(dependencies).sort());
  });
});

describe('every code of the catalogue', () => {
  const sources = readdirSync(new URL('src', root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'catalogue.ts')
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
    .join('\n');

  it.each(Object.keys(catalogue))('%s is given somewhere', (code) => {
    expect(sources).toContain(`'${code}'`);
  });
});

describe('links between pages', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...readdirSync(new URL('docs', root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  it.each(pages)('of %s lead somewhere', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(
      ([, target]) => target ?? '',
    );
    for (const target of targets)
      expect(() => readdirOrRead(new URL(target, new URL(page, root)))).not.toThrow();
  });
});

function readdirOrRead(url: URL): void {
  if (url.pathname.endsWith('/')) readdirSync(url);
  else readFileSync(url);
}
