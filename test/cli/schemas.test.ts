import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDiscovery, registration } from '../discovery/registrations.js';
import {
  findFreePort,
  imageUrlModel,
  serveOriginal,
  serveOriginalDiscovery,
  serveOriginalRunner,
} from '../original.js';
import { releaseLater } from '../release.js';
import { runCli } from './cli-process.js';

const schemas = (args: string[], options: Parameters<typeof runCli>[1] = {}) =>
  runCli(['schemas', ...args], options);

/** A runner that speaks by lease, with `echo`. */
async function serveRunner() {
  const runner = await serveOriginal(() => ({ status: 200, body: { echo: { title: 'Echo' } } }));
  return releaseLater(runner);
}

test('asks every runner that the discoveries know, each once, those without a lease included', async () => {
  const [ours, original] = [await serveRunner(), releaseLater(await serveOriginalRunner())];
  const { registry, url } = await openDiscovery();
  registry.put('a', { ...registration(['echo']), host: ours.url });
  registry.registerOriginal({ algorithm: 'ocr', host: `${original.url}/` });
  const other = releaseLater(await serveOriginalDiscovery());
  other.registry['ocr'] = original.url;

  const { code, stdout, stderr } = await schemas(['--discovery', url, other.url]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`${ours.url} algorithm schemas:\n{\n  "echo": {`);
  expect(stdout.match(/"title": "AlgorithmRequestModel_ocr"/g)).toHaveLength(1);

  const json = await schemas(['--json', '--discovery', url, other.url]);
  expect(JSON.parse(json.stdout)).toEqual(
    expect.arrayContaining([
      { host: ours.url, algorithms: ['echo'], schemas: { echo: { title: 'Echo' } } },
      { host: `${original.url}/`, algorithms: ['ocr'], schemas: { ocr: imageUrlModel('ocr') } },
    ]),
  );
  const one = await schemas(['ocr', '--json', '--discovery', url]);
  expect(JSON.parse(one.stdout)).toMatchObject([{ schemas: { ocr: imageUrlModel('ocr') } }]);
});

test('says which runners and discoveries did not answer and why, shows the others, and ends with 3', async () => {
  const { registry, url } = await openDiscovery();
  const silent = createServer().listen(0, '127.0.0.1');
  releaseLater(silent);
  const hosts = {
    works: (await serveRunner()).url,
    gone: `http://127.0.0.1:${await findFreePort()}`,
    silent: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    missing: releaseLater(await serveOriginal(() => ({ status: 404, body: {} }))).url,
    broken: releaseLater(await serveOriginal(() => ({ status: 500, body: {} }))).url,
    page: releaseLater(await serveOriginal(() => ({ status: 200, body: '<html>' }))).url,
  };
  for (const [name, host] of Object.entries(hosts)) registry.put(name, { ...registration([name]), host });
  const away = `http://127.0.0.1:${await findFreePort()}`;

  const { code, stdout, stderr } = await schemas(['--timeout', '300ms', '--discovery', url, away]);
  expect(code).toBe(3);
  expect(stdout).toContain(`${hosts.works} algorithm schemas:`);
  expect(stdout.match(/algorithm schemas/g)).toHaveLength(1);
  expect(stderr).toContain(`the discovery at ${away} gave no list of runners: connect ECONNREFUSED`);
  expect(stderr).toContain(`${hosts.gone} (gone) gave no schemas: connect ECONNREFUSED`);
  expect(stderr).toContain(`${hosts.silent} (silent) gave no schemas: no answer within 300 ms`);
  expect(stderr).toContain(
    `${hosts.missing} (missing) gave no schemas: expected status 200 of GET /schemas, got 404`,
  );
  expect(stderr).toContain(`${hosts.broken} (broken) gave no schemas: GET ${hosts.broken}/schemas gave 500`);
  expect(stderr).toContain(
    `${hosts.page} (page) gave no schemas: expected a JSON object of schemas, got "<html>"`,
  );
  expect(stderr).not.toContain(hosts.works);

  const json = await schemas(['--json', 'gone', '--discovery', url]);
  expect(json.code).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject([{ host: hosts.gone, error: expect.any(String) as string }]);
});

test('without an address takes the discoveries of the settings, the original variables included', async () => {
  const { registry, url } = await openDiscovery();
  registry.put('a', { ...registration(['echo']), host: (await serveRunner()).url });
  const { hostname, port } = new URL(url);
  const dir = await mkdtemp(join(tmpdir(), 'runyard-schemas-'));
  for (const env of [
    { RUNYARD_DISCOVERY_URLS: url },
    { RUNNER_DISCOVERY_CONTAINER_NAME: hostname, RUNNER_DISCOVERY_PORT: port },
  ])
    expect(await schemas(['echo', '--discovery'], { cwd: dir, env })).toMatchObject({ code: 0, stderr: '' });
  await writeFile(join(dir, 'runyard.yaml'), `discovery: { urls: ['${url}'] }\n`);
  expect(await schemas(['--discovery'], { cwd: dir })).toMatchObject({ code: 0, stderr: '' });
});

test('refuses what is no address, and an algorithm that nobody offers', async () => {
  expect(await schemas(['--discovery', 'localhost:5099'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected an address such as http://localhost:5099') as string,
  });
  const { registry, url } = await openDiscovery();
  expect(await schemas(['--discovery', url])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'no runner is registered\n',
  });
  registry.put('a', { ...registration(['echo']), host: (await serveRunner()).url });
  expect(await schemas(['ocr', '--discovery', url])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody offers ocr; there is echo') as string,
  });
  const stranger = releaseLater(await serveOriginal(() => ({ status: 200, body: '[1]' })));
  const notRunners = await schemas(['--discovery', stranger.url]);
  expect(notRunners.code).toBe(3);
  expect(notRunners.stderr).toContain('gave something else than runners');
  const other = releaseLater(await serveOriginalDiscovery());
  other.registry['ocr'] = 'nowhere';
  const notAddresses = await schemas(['--discovery', other.url]);
  expect(notAddresses.code).toBe(3);
  expect(notAddresses.stderr).toContain('nowhere (ocr) gave no schemas: expected an http(s) address');
});
