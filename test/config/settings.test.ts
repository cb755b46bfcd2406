import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  childEnvironment,
  readSettingsFile,
  resolveProjectSettings,
  resolveSettings,
  settingsFromEnvironment,
  settingsFromOriginalEnvironment,
} from '../../src/config/index.js';

describe('settings', () => {
  it('have a default for everything and are frozen', () => {
    const settings = resolveSettings([]);
    expect(settings.gateway).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(settings.discovery.port).toBe(5099);
    expect(() => {
      (settings.gateway as { port: number }).port = 1;
    }).toThrow(TypeError);
  });

  it('take the later source, key by key', () => {
    const settings = resolveSettings([
      { name: 'runyard.yaml', values: { gateway: { port: 1111, host: '::1' } } },
      { name: 'environment', values: { gateway: { port: 2222 } } },
    ]);
    expect(settings.gateway).toMatchObject({ port: 2222, host: '::1' });
  });

  it('refuse an unknown key, naming the source, the key and the nearest known one', () => {
    expect(() => resolveSettings([{ name: 'runyard.yaml', values: { gateway: { prot: 1 } } }])).toThrow(
      /runyard\.yaml: unknown setting gateway\.prot, did you mean port\?/,
    );
    expect(() => resolveSettings([{ name: 'f', values: { gatway: {} } }])).toThrow(/did you mean gateway/);
  });

  it('refuse a wrong value, saying what was expected and what came', () => {
    expect(() => resolveSettings([{ name: 'f', values: { gateway: { port: 'abc' } } }])).toThrow(
      /gateway\.port must be integer, but is "abc"/,
    );
    expect(() => resolveSettings([{ name: 'f', values: { log: { level: 'loud' } } }])).toThrow(/log\.level/);
    expect(() =>
      resolveSettings([{ name: 'f', values: { auth: { keys: [{ name: 'a', hash: 'plain' }] } } }]),
    ).toThrow(/auth\.keys\.0\.hash/);
  });

  it('come from RUNYARD_ variables, typed by their definition', () => {
    const source = settingsFromEnvironment({
      RUNYARD_GATEWAY_PORT: '9000',
      RUNYARD_CALLBACKS_ALLOW_PRIVATE: 'true',
      RUNYARD_DISCOVERY_URLS: 'http://a:1, http://b:2',
      UNRELATED: 'x',
    });
    expect(source.values).toEqual({
      gateway: { port: 9000 },
      callbacks: { allowPrivate: true },
      discovery: { urls: ['http://a:1', 'http://b:2'] },
    });
    expect(() => resolveSettings([settingsFromEnvironment({ RUNYARD_GATEWAY_PORT: 'x' })])).toThrow(
      /environment: /,
    );
  });

  it('come from the names the original programs read', () => {
    const source = settingsFromOriginalEnvironment(
      {
        PORT: '5001',
        LOG_LEVEL: 'WARNING',
        CONTAINER_NAME: 'nlp-runner',
        RUNNER_DISCOVERY_CONTAINER_NAME: 'runner-discovery',
        RUNNER_DISCOVERY_PORT: '5098',
      },
      'runner',
    );
    expect(source.values).toEqual({
      runner: { port: 5001, host: '0.0.0.0' },
      log: { level: 'warn' },
      discovery: { urls: ['http://runner-discovery:5098'] },
    });
    const discovery = { PORT: '5098', CONTAINER_NAME: 'runner-discovery' };
    expect(settingsFromOriginalEnvironment(discovery, 'discovery').values).toEqual({
      discovery: { port: 5098, host: '0.0.0.0' },
    });
  });

  it('come from the names the original controller reads, and those of a broker turn compatibility on', () => {
    const env = {
      RABBITMQ_HOST: 'rabbitmq',
      QUEUE_NAME: 'images',
      LOG_LEVEL: 'DEBUG',
      RUNNER_DISCOVERY_CONTAINER_NAME: 'runner-discovery',
      RUNNER_HOST: 'meme-runner',
    };
    const original = settingsFromOriginalEnvironment(env, 'controller');
    expect(original.values).toEqual({
      queue: {
        url: 'amqp://guest:guest@rabbitmq:5672',
        compatibility: 'original',
        originalName: 'images',
        originalRunner: 'http://meme-runner:5000',
      },
      log: { level: 'debug' },
      discovery: { urls: ['http://runner-discovery:5099'] },
    });
    const ours = settingsFromEnvironment({ RUNYARD_QUEUE_URL: 'amqps://a:b@broker/yard' });
    expect(resolveSettings([original, ours]).queue).toMatchObject({
      url: 'amqps://a:b@broker/yard',
      compatibility: 'original',
    });
    expect(settingsFromOriginalEnvironment(env, 'runner').values).not.toHaveProperty('queue');
    for (const [host, url] of [
      ['broker:5673', 'amqp://guest:guest@broker:5673'],
      ['::1', 'amqp://guest:guest@[::1]:5672'],
    ] as const)
      expect(
        settingsFromOriginalEnvironment({ RABBITMQ_HOST: host }, 'controller').values['queue'],
      ).toMatchObject({ url });
    expect(resolveSettings([]).queue).toMatchObject({ compatibility: 'none', originalName: 'tasks' });
  });

  it('of a project are checked like the yard’s', () => {
    expect(
      resolveProjectSettings({ name: 'p', values: { pool: { maxProcesses: 3 } } }).pool?.maxProcesses,
    ).toBe(3);
    expect(() =>
      resolveProjectSettings({ name: 'p', values: { algorithms: { a: { timeout: 1 } } } }),
    ).toThrow(/algorithms\.a\.timeout, did you mean timeoutMs/);
  });
});

describe('a settings file', () => {
  it('that is no YAML is refused with its line', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'runyard-config-')), 'runyard.yaml');
    await writeFile(path, 'gateway:\n  port: [1\n');
    await expect(readSettingsFile(path, true)).rejects.toThrow(/is no YAML: .*line \d/s);
  });

  it('may be missing unless it was asked for', async () => {
    expect((await readSettingsFile('/nonexistent/runyard.yaml', false)).values).toEqual({});
    await expect(readSettingsFile('/nonexistent/runyard.yaml', true)).rejects.toThrow(/cannot be read/);
  });

  it('must hold a mapping', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'runyard-config-')), 'runyard.yaml');
    await writeFile(path, '- a\n- b\n');
    await expect(readSettingsFile(path, true)).rejects.toThrow(/mapping/);
  });
});

describe('the environment of children', () => {
  it('holds harmless names and what was passed or set, and nothing else', () => {
    const env = childEnvironment(
      { PATH: '/bin', HOME: '/h', AWS_SECRET_ACCESS_KEY: 's', TOKEN: 't', LC_ALL: 'C' },
      { pass: ['TOKEN'], set: { A: '1' } },
      { set: { A: '2' } },
    );
    expect(env).toEqual({ PATH: '/bin', HOME: '/h', LC_ALL: 'C', TOKEN: 't', A: '2' });
  });
});
