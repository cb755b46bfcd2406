import type * as Dns from 'node:dns/promises';
import type { Server } from 'node:http';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  assertPublicUrl,
  createGuardedDispatcher,
  fetchBytes,
  findFetchError,
  isPublicAddress,
} from '../../src/net/index.js';
import type * as PublicAddress from '../../src/net/public-address.js';
import { startServer, stopServer } from './http-fixture.js';

/** What names resolve to in these tests; the next answer is taken from the front, the last one stays. */
const names = vi.hoisted(() => new Map<string, string[][]>());
vi.mock('node:dns/promises', async (original) => ({
  ...(await original<typeof Dns>()),
  lookup: async (host: string) => {
    const answers = names.get(host);
    const answer = answers && (answers.length > 1 ? answers.shift() : answers[0]);
    if (!answer) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  },
}));

/** Lets 127.0.0.1 pass as public, so that a redirect has somewhere to start from. Every other address is judged for real. */
vi.mock('../../src/net/public-address.js', async (original) => {
  const real = await original<typeof PublicAddress>();
  return { ...real, isPublicAddress: (ip: string) => ip === '127.0.0.1' || real.isPublicAddress(ip) };
});

const limits = { maxBytes: 1000, timeoutMs: 2000 };
let server: Server;
let port: number;
let reached = 0;

beforeAll(async () => {
  [server, port] = await startServer((incoming, response) => {
    const location = decodeURIComponent((incoming.url ?? '').slice(1));
    if (location) return void response.writeHead(302, { location }).end();
    reached++;
    response.end('reached');
  }, '0.0.0.0');
});

afterAll(() => stopServer(server));

describe('public addresses', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['127.0.0.2', 'loopback'],
    ['169.254.169.254', 'metadata service'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['[::1]', 'loopback in brackets'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['fd00:ec2::254', 'unique local, metadata service'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.2', 'loopback, IPv4-mapped'],
    ['::ffff:a9fe:a9fe', 'metadata service, IPv4-mapped'],
    ['64:ff9b::10.0.0.1', 'private, NAT64'],
    ['64:ff9b:1::1', 'local NAT64'],
    ['2002:7f00:1::', 'loopback, 6to4'],
    ['2001:db8::1', 'documentation'],
    ['::127.0.0.2', 'IPv4-compatible'],
    ['example.org', 'no address'],
  ])('%s is refused: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});

describe('the guard against private addresses', () => {
  it('a redirect to a private address is refused', async () => {
    for (const target of [
      `http://127.0.0.2:${port}/`,
      `http://[::1]:${port}/`,
      'http://169.254.169.254/latest',
    ]) {
      const url = `http://127.0.0.1:${port}/${encodeURIComponent(target)}`;
      await expect(fetchBytes(url, limits)).rejects.toMatchObject({ reason: 'private_address' });
    }
    expect(reached).toBe(0);
  });

  it.each(['2130706434', '0x7f.0.0.2', '0177.0.0.2', '127.2', '[::ffff:7f00:2]'])(
    'the address cannot be disguised as %s',
    async (host) => {
      await expect(fetchBytes(`http://${host}:${port}/`, limits)).rejects.toMatchObject({
        reason: 'private_address',
      });
    },
  );

  it('a name that resolves to a private address is refused, even when another of its addresses is public', async () => {
    names.set('internal.test', [['127.0.0.2']]);
    names.set('mixed.test', [['8.8.8.8', '10.0.0.1']]);
    for (const host of ['internal.test', 'mixed.test']) {
      await expect(fetchBytes(`http://${host}:${port}/`, limits)).rejects.toMatchObject({
        reason: 'private_address',
      });
    }
  });

  it('a name that changes after it was checked is refused at the connection', async () => {
    names.set('rebinding.test', [['8.8.8.8'], ['127.0.0.2']]);
    const url = await assertPublicUrl(`http://rebinding.test:${port}/`);
    await expect(fetchBytes(url.href, limits)).rejects.toMatchObject({ reason: 'private_address' });
  });

  it('a name that does not resolve is a network error', async () => {
    await expect(fetchBytes('http://nowhere.test/', limits)).rejects.toMatchObject({ reason: 'network' });
  });

  it('allowPrivate lets the request through', async () => {
    const { bytes } = await fetchBytes(`http://127.0.0.2:${port}/`, { ...limits, allowPrivate: true });
    expect(bytes.toString()).toBe('reached');
  });
});

describe('the guarded dispatcher', () => {
  it('refuses to post to a private address', async () => {
    const dispatcher = createGuardedDispatcher();
    const post = request(`http://127.0.0.3:${port}/`, { method: 'POST', body: '{}', dispatcher });
    await expect(post.catch((error: unknown) => findFetchError(error))).resolves.toMatchObject({
      reason: 'private_address',
    });
    await dispatcher.close();
  });
});

describe('assertPublicUrl', () => {
  it('gives the parsed URL of a public host', async () => {
    names.set('public.test', [['8.8.8.8']]);
    expect((await assertPublicUrl('https://public.test/hook?x=1')).pathname).toBe('/hook');
  });

  it.each([
    ['http://10.0.0.1/', 'private_address'],
    ['file:///etc/passwd', 'unsupported_scheme'],
    ['not a url', 'malformed'],
    ['http://nowhere.test/', 'network'],
  ])('%s is refused with %s', async (url, reason) => {
    await expect(assertPublicUrl(url)).rejects.toMatchObject({ reason });
  });
});
