import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createMetrics, silentLogger } from '../../src/telemetry/index.js';
import {
  openLangServerAlone,
  type LangServerAloneOptions,
  type LangServerPart,
} from '../../src/yard/index.js';

const PIPES = join(dirname(fileURLToPath(import.meta.url)), '..', 'host', 'fixtures', 'classic');
const releases: (() => unknown)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runyard-langserver-test-'));
  releases.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A project as an original langpack leaves it: a program for the pipe, and who it is. */
export function createProject(pipe = 'pipe.py', dir = join(createFolder(), 'hello')): string {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  cpSync(join(PIPES, pipe), join(dir, 'bin', 'pipe'));
  chmodSync(join(dir, 'bin', 'pipe'), 0o755);
  writeFileSync(join(dir, 'algorithmia.conf'), '{"username":"ann","algoname":"hello","language":"python3"}');
  return dir;
}

type Options = Partial<Omit<LangServerAloneOptions, 'settings' | 'env'>> & {
  langserver?: Record<string, unknown>;
  env?: Record<string, string>;
};

/** A LangServer on a free port. It is closed after the test. */
export async function openLangServer({ langserver, env, ...options }: Options = {}): Promise<LangServerPart> {
  const values = { langserver: { port: 0, ...langserver }, env: { set: env ?? {} } };
  const part = await openLangServerAlone({
    source: 'source' in options ? options.source : createProject(),
    into: undefined,
    cwd: createFolder(),
    requestCompleteUrl: undefined,
    statusUpdateUrl: undefined,
    slotId: undefined,
    logger: silentLogger,
    metrics: createMetrics(),
    onProgress: () => undefined,
    ...options,
    settings: resolveSettings([{ name: 'test', values }]),
    env: { PATH: process.env.PATH },
  });
  releases.push(() => part.close());
  return part;
}

export interface Answer {
  status: number;
  type: string | null;
  text: string;
}

export async function call(
  url: string,
  body: string | Buffer | undefined,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  method = 'POST',
): Promise<Answer> {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

/** An answer with the one part that differs from run to run put to zero. */
export function withoutDuration({ text }: Answer): string {
  return text.replace(/"duration":[\d.e-]+/, '"duration":0');
}

export async function until(what: string, isTrue: () => boolean, withinMs = 15_000): Promise<void> {
  const endsAt = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > endsAt) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
