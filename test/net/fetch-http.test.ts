import type { Server } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchBytes } from '../../src/net/index.js';
import { startServer, stopServer } from './http-fixture.js';

const limits = { maxBytes: 1000, timeoutMs: 2000, allowPrivate: true };
let server: Server;
let base: string;
const seen: { accept?: string | undefined; cut: boolean } = { cut: false };

beforeAll(async () => {
  const [started, port] = await startServer((request, response) => {
    const [path, argument = ''] = (request.url ?? '').slice(1).split('/');
    switch (path) {
      case 'text':
        seen.accept = request.headers.accept;
        response.setHeader('content-type', 'Text/Plain; charset=utf-8');
        return void response.end('hello');
      case 'status':
        return void response.writeHead(Number(argument)).end('no');
      case 'hops': {
        const left = Number(argument);
        const location = left > 1 ? `/hops/${left - 1}` : '/text';
        return void response.writeHead(302, { location }).end();
      }
      case 'to':
        return void response.writeHead(301, { location: decodeURIComponent(argument) }).end();
      case 'endless': {
        response.on('close', () => (seen.cut = true));
        const timer = setInterval(() => response.write(Buffer.alloc(100)), 1);
        return void response.on('close', () => clearInterval(timer));
      }
      case 'short':
        // Claims more than it sends, then hangs up.
        response.writeHead(200, { 'content-length': '900' }).write('only this');
        return void setTimeout(() => response.destroy(), 20);
      case 'silent':
        return;
      case 'drip': {
        const timer = setInterval(() => response.write('x'), 20);
        return void response.on('close', () => clearInterval(timer));
      }
      case 'gzip':
        response.setHeader('content-encoding', 'gzip');
        return void response.end(gzipSync(Buffer.alloc(Number(argument), 'a')));
      case 'br':
        response.setHeader('content-encoding', 'br');
        return void response.end(brotliCompressSync('packed'));
      case 'broken-gzip':
        response.setHeader('content-encoding', 'gzip');
        return void response.end('this is no gzip');
      default:
        response.writeHead(404).end();
    }
  });
  server = started;
  base = `http://127.0.0.1:${port}`;
});

afterAll(() => stopServer(server));

describe('fetching over http', () => {
  it('gives the bytes and the media type without its parameters', async () => {
    const fetched = await fetchBytes(`${base}/text`, { ...limits, accept: 'text/*' });
    expect(fetched.bytes.toString()).toBe('hello');
    expect(fetched.contentType).toBe('text/plain');
    expect(seen.accept).toBe('text/*');
  });

  it.each([404, 403, 500, 304])('a status of %i is an error that carries the status', async (status) => {
    await expect(fetchBytes(`${base}/status/${status}`, limits)).rejects.toMatchObject({
      name: 'FetchError',
      reason: 'status',
      status,
    });
  });

  it('five redirects are followed, the sixth is refused', async () => {
    expect((await fetchBytes(`${base}/hops/5`, limits)).bytes.toString()).toBe('hello');
    await expect(fetchBytes(`${base}/hops/6`, limits)).rejects.toMatchObject({ reason: 'network' });
  });

  it.each(['file:///etc/hostname', 'data:text/plain,x', 'ftp://example.org/'])(
    'a redirect to %s is refused',
    async (location) => {
      const url = `${base}/to/${encodeURIComponent(location)}`;
      await expect(fetchBytes(url, { ...limits, allowFileRoot: '/' })).rejects.toMatchObject({
        reason: 'unsupported_scheme',
      });
    },
  );

  it('a body that never ends is cut at the size limit and the connection closed', async () => {
    await expect(fetchBytes(`${base}/endless`, limits)).rejects.toMatchObject({ reason: 'too_large' });
    await expect.poll(() => seen.cut).toBe(true);
  });

  it('compressed content counts unpacked', async () => {
    expect((await fetchBytes(`${base}/br`, limits)).bytes.toString()).toBe('packed');
    expect((await fetchBytes(`${base}/gzip/1000`, limits)).bytes).toHaveLength(1000);
    await expect(fetchBytes(`${base}/gzip/5000000`, limits)).rejects.toMatchObject({ reason: 'too_large' });
    await expect(fetchBytes(`${base}/broken-gzip`, limits)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('a body that breaks off is a network error', async () => {
    await expect(fetchBytes(`${base}/short`, limits)).rejects.toMatchObject({ reason: 'network' });
  });

  it.each(['silent', 'drip'])(
    'a server that is %s runs into the timeout of the whole transfer',
    async (path) => {
      const started = performance.now();
      await expect(fetchBytes(`${base}/${path}`, { ...limits, timeoutMs: 200 })).rejects.toMatchObject({
        reason: 'timeout',
      });
      expect(performance.now() - started).toBeLessThan(1500);
    },
  );

  it("the caller's own signal ends the transfer with the caller's reason", async () => {
    const abort = new AbortController();
    const fetching = fetchBytes(`${base}/silent`, { ...limits, signal: abort.signal });
    abort.abort(new Error('changed my mind'));
    await expect(fetching).rejects.toThrow('changed my mind');
  });

  it('a port that nobody listens on is a network error', async () => {
    const [closed, port] = await startServer(() => {});
    await stopServer(closed);
    await expect(fetchBytes(`http://127.0.0.1:${port}/`, limits)).rejects.toMatchObject({
      reason: 'network',
    });
  });
});
