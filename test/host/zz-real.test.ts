import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { it } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import { getLangpack } from '../../src/langpack/index.js';
for (const [language, file, code] of [
  [
    'javascript',
    'runner_adapter.mjs',
    `/** @param {{text: string}} x */
export function run_echo(text) { return { text }; }
export async function run_slow(ms, ctx) { for (let i=0;i<10;i++){ ctx.progress(i/10); await new Promise(r=>setTimeout(r,ms/10)); if (ctx.signal.aborted) throw new Error('aborted'); } return 1; }
export function* run_count(n) { for (let i=0;i<n;i++) yield i; }
export function run_spin(ms) { const e=Date.now()+ms; while(Date.now()<e); return 1; }
export function run_talk(word) { console.log('said', word); return word; }
`,
  ],
  [
    'python',
    'runner_adapter.py',
    `import time
def run_echo(text: str): return {"text": text}
def run_slow(ms: int, ctx):
    for i in range(10):
        ctx.progress(i/10)
        time.sleep(ms/10000)
    return 1
def run_count(n: int):
    for i in range(n): yield i
def run_spin(ms: int):
    e=time.time()+ms/1000
    while time.time()<e: pass
    return 1
def run_talk(word: str):
    print('said', word)
    return word
`,
  ],
] as const)
  it(
    language,
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'real-'));
      writeFileSync(join(dir, file), code);
      const lp = getLangpack(language);
      const env = { PATH: process.env.PATH ?? '' };
      const project = { dir, name: 'real', language, adapter: join(dir, file) };
      await lp.setup(project, { env });
      const described = await lp.describe(project, { env });
      console.log(
        JSON.stringify(described.launch),
        JSON.stringify(described.algorithms.map((a) => [a.name, a.mode])),
      );
      const host = await createProjectHost({ described, env, pool: { maxProcesses: 1, cancelGraceMs: 500 } });
      const r = (algorithm: string, args: object, hooks = {}, more = {}) =>
        host.run({ id: 'r', algorithm, args: args as Record<string, unknown>, ...more }, hooks);
      console.log(await r('echo', { text: 'x' }));
      for (let k = 0; k < 3; k++) {
        const t = performance.now();
        await Promise.all(Array.from({ length: 900 }, () => r('echo', { text: 'x'.repeat(180) })));
        console.log('900 echoes ms', performance.now() - t, host.capacity('echo'));
      }
      console.log(await r('count', { n: 3 }), await r('talk', { word: 'hi' }));
      const ac = new AbortController();
      setTimeout(() => ac.abort(), 200);
      const events: unknown[] = [];
      let t = performance.now();
      console.log(
        await r('slow', { ms: 2000 }, { signal: ac.signal, onEvent: (e: unknown) => events.push(e) }),
        performance.now() - t,
        JSON.stringify(events),
      );
      t = performance.now();
      console.log(
        await r('spin', { ms: 20000 }, {}, { timeoutMs: 200 }),
        performance.now() - t,
        host.health(),
      );
      await r('spin', { ms: 1 });
      await r('spin', { ms: 1 });
      await r('spin', { ms: 1 });
      await r('spin', { ms: 1 });
      console.log('cap', host.capacity('spin'));
      t = performance.now();
      const rs = [r('spin', { ms: 1500 }), r('spin', { ms: 1 }), r('spin', { ms: 1 })];
      console.log(host.health());
      console.log(
        await Promise.all(rs.map(async (p) => [(await p).ok, performance.now() - t])),
        host.health(),
      );
      t = performance.now();
      await host.close();
      console.log('close', performance.now() - t);
    },
    60000,
  );
