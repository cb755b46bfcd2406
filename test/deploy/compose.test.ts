import { chownSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { findFreePort } from '../original.js';
import { createPostgresSchema, type PostgresSchema } from '../servers/postgres.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { readCompose, type ComposeService } from './compose.js';
import { readNames, readQueries, readSeries } from './exposition.js';

/** That of the image. */
const UID = 10001;
const isRoot = process.getuid?.() === 0;
const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const key = `test-${randomBytes(16).toString('hex')}`;
const variables = {
  RABBITMQ_PASSWORD: 'broker',
  POSTGRES_PASSWORD: 'database',
  RUNYARD_CALLBACKS_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
};
const services = readCompose(variables);
/** Built from this repository. */
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('runyard'));

let schema: PostgresSchema;
let dir: string;
/** Where the port of a service is here, by service. */
const ports = new Map<string, { inside: string; outside: string }>();
const children = new Map<string, { child: ChildProcess; output: string; env: Record<string, string> }>();

beforeAll(async () => {
  schema = await createPostgresSchema();
  dir = await mkdtemp(join(tmpdir(), 'runyard-compose-'));
  if (isRoot) chownSync(dir, UID, UID);
  const hash = createHash('sha256').update(key).digest('hex');
  await writeFile(join(dir, 'gateway.yaml'), `auth: { keys: [{ name: test, hash: 'sha256:${hash}' }] }\n`);
  for (const [name, { environment = {} }] of ours)
    ports.set(name, {
      inside: new URL(environment['RUNYARD_HEALTH_URL'] ?? '').port,
      outside: String(await findFreePort()),
    });
  const names = { RUNYARD_QUEUE_PREFIX: createPrefix(), RUNYARD_STORE_SCHEMA: schema.schema };
  const broker = await getBrokerUrl();
  for (const [name, service] of ours) await start(name, service, names, broker);
});

afterAll(async () => {
  for (const { child } of [...children.values()].reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await schema.close();
});

/** What is named in the network of the containers, as it is on this machine. */
function translate(text: string, own: string, broker: string): string {
  let result = text
    .replace(/^amqp:.*/, broker)
    .replace(/^postgres:.*/, schema.url)
    .replace('/project', here(`examples/${own.replace('runner-', '')}`))
    .replace('/run/secrets/gateway', join(dir, 'gateway.yaml'));
  for (const [name, { inside, outside }] of ports)
    result = result.replace(`//${name}:${inside}`, `//127.0.0.1:${outside}`);
  const port = ports.get(own);
  if (!port) return result;
  return result === port.inside
    ? port.outside
    : result.replace(`//127.0.0.1:${port.inside}`, `//127.0.0.1:${port.outside}`);
}

/** Starts what a container would run: its command with its variables and nothing else, as the image's user. */
async function start(
  name: string,
  { command = [], environment = {} }: ComposeService,
  names: Record<string, string>,
  broker: string,
): Promise<void> {
  const home = join(dir, name);
  await mkdir(join(home, 'data'), { recursive: true });
  if (isRoot) for (const path of [home, join(home, 'data')]) chownSync(path, UID, UID);
  const own = Object.entries(environment).map(([word, value]) => [word, translate(value, name, broker)]);
  const env = {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    NODE_ENV: 'production',
    HOME: home,
    TMPDIR: home,
    RUNYARD_DATA: join(home, 'data'),
    ...(Object.fromEntries(own) as Record<string, string>),
    ...names,
  };
  const args = [here('dist/cli/main.js'), ...command.map((word) => translate(word, name, broker))];
  const [program, ...rest] = asUser([process.execPath, ...args]);
  const child = spawn(program, rest, { env, cwd: join(home, 'data'), stdio: ['ignore', 'pipe', 'pipe'] });
  const kept = { child, output: '', env };
  children.set(name, kept);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (kept.output += data.toString()));
}

function asUser(command: [string, ...string[]]): [string, ...string[]] {
  if (!isRoot) return command;
  return [
    'setpriv',
    `--reuid=${UID}`,
    `--regid=${UID}`,
    '--clear-groups',
    '--no-new-privs',
    '--',
    ...command,
  ];
}

const urlOf = (name: string): string => `http://127.0.0.1:${ports.get(name)?.outside}`;
const metricsOf = async (name: string): Promise<string> =>
  (await fetch(`${urlOf(name)}/metrics`, { headers: { 'x-api-key': key } })).text();

describe('deploy/compose.yaml', () => {
  it('refuses to start without its passwords', () => {
    expect(() => readCompose({})).toThrow('RABBITMQ_PASSWORD');
  });

  it.each(ours)(
    '%s waits for what it needs until that is healthy, and can write nowhere else',
    (name, service) => {
      expect(service.read_only).toBe(true);
      if (name === 'discovery') return;
      for (const { condition } of Object.values(service.depends_on ?? {}))
        expect(condition).toBe('service_healthy');
      expect(Object.keys(service.depends_on ?? {})).toContain('discovery');
    },
  );

  it.each(ours)('%s comes up as the user of the image and passes its health check', async (name) => {
    const { env } = children.get(name) ?? { env: {} };
    const [program, ...args] = asUser([process.execPath, here('deploy/health.mjs')]);
    await until(
      () => `${name} is well: ${children.get(name)?.output}`,
      () => {
        if (children.get(name)?.child.exitCode !== null) throw new Error(children.get(name)?.output);
        return spawnSync(program, args, { env }).status === 0;
      },
      { everyMs: 300 },
    );
    expect((await fetch(`${urlOf(name)}/live`)).status).toBe(200);
  });

  it('does the work of its runners', async () => {
    const client = createClient({ url: urlOf('gateway'), apiKey: key });
    await until('both runners are known', async () => (await client.algorithms()).length >= 4);
    const { id } = await client.submit('text_stats', { text: 'Two words.' });
    expect(await client.wait(id)).toMatchObject({ state: 'succeeded' });
    const other = await client.submit('language_detection', { text: 'Wer das liest, kann Deutsch.' });
    expect(await client.wait(other.id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('what alerts and dashboard ask for', () => {
  let series: Map<string, Set<string>>;
  beforeAll(async () => {
    series = readSeries(await Promise.all(ours.map(([name]) => metricsOf(name))));
  });

  it.each(readQueries().map((query) => [query.where, query] as const))('%s is there', (_, query) => {
    const { metrics, labels } = readNames(query);
    expect(metrics.length).toBeGreaterThan(0);
    for (const name of metrics) expect([...series.keys()], query.text).toContain(name);
    // Prometheus itself adds these two; a metric that has no sample yet cannot be asked for its labels.
    const known = new Set(metrics.flatMap((name) => [...(series.get(name) ?? [])]));
    const isAsked = metrics.some((name) => (series.get(name)?.size ?? 0) > 0);
    for (const label of labels)
      if (isAsked && label !== 'instance' && label !== 'job') expect([...known], query.text).toContain(label);
  });
});
