import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, openLangServer, until } from './langserver-fixture.js';

interface Told {
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
  at: number;
}

let server: Server;
let base: string;
let told: Told[];
/** Statuses of the next answers; 200 when there is none left. */
let statuses: number[];

beforeEach(async () => {
  told = [];
  statuses = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      told.push({ path: request.url, headers: request.headers, body, at: performance.now() });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const at = (path: string): Told[] => told.filter((one) => one.path === path);

describe('with REQUEST_COMPLETE', () => {
  it('a request is accepted, and its answer posted with its X- headers', async () => {
    const { url } = await openLangServer({ requestCompleteUrl: `${base}/done` });
    const headers = { 'content-type': 'application/json', 'X-Request-Id': 'r-1', 'x-more': 'é', other: 'no' };
    const answer = await call(url, '{"op":"sleep","seconds":0.2}', { ...headers, 'x-more': 'yes' });
    expect(answer).toEqual({
      status: 202,
      type: 'application/json',
      text: '{"result":"Algorithm started."}',
    });
    await until('it is told', () => at('/done').length === 1);
    const { headers: received, body } = at('/done')[0] as Told;
    expect(received).toMatchObject({
      'x-request-id': 'r-1',
      'x-more': 'yes',
      'content-type': 'application/json',
    });
    expect(received.other).toBeUndefined();
    expect(body).toMatch(
      /^\{"result":"slept","metadata":\{"duration":0\.\d+,"stdout":"loading\\n","stderr":"","content_type":"json"\}\}$/,
    );
  });

  it('is tried three times, a second apart, and no more', async () => {
    statuses = [500, 503, 500, 200];
    const { url } = await openLangServer({ requestCompleteUrl: `${base}/done` });
    await call(url, '1');
    await until('three tries', () => at('/done').length === 3);
    const [first, second, third] = at('/done').map((one) => one.at) as [number, number, number];
    expect(second - first).toBeGreaterThan(950);
    expect(third - second).toBeGreaterThan(950);
    await call(url, '2');
    await until('the next one is told', () => at('/done').length === 4);
    expect(at('/done')[3]?.body).toContain('"data": 2');
  });

  it('tells of errors and deaths as well, and malformed input at once', async () => {
    const { url } = await openLangServer({ requestCompleteUrl: `${base}/done` });
    await call(url, '{"op":"exit","code":5}');
    await until('it is told', () => at('/done').length === 1);
    expect(at('/done')[0]?.body).toContain(
      '{"error":{"message":"exited with code 5","error_type":"SystemExit"}',
    );
    expect((await call(url, '{')).status).toBe(400);
  });

  it('is told before the server ends', async () => {
    const part = await openLangServer({ requestCompleteUrl: `${base}/done` });
    await call(part.url, '{"op":"sleep","seconds":0.5}');
    await part.drain?.();
    expect(at('/done')).toHaveLength(1);
  });
});

describe('with STATUS_UPDATE', () => {
  it('a loaded algorithm is told, with what it printed', async () => {
    await openLangServer({ statusUpdateUrl: `${base}/status`, slotId: 'slot-7' });
    expect(at('/status').map(({ body }) => body.replace(/"duration":[\d.]+/, '"duration":0'))).toEqual([
      '{"slot_id":"slot-7","status":"Successful","metadata":{"duration":0,"stdout":"loading\\n"},"error":null}',
    ]);
  });

  it('one that could not be loaded is told', async () => {
    const opening = openLangServer({ statusUpdateUrl: `${base}/status`, env: { MANNER: 'exit-at-start' } });
    await expect(opening).rejects.toThrow('exited with code 3');
    const [{ body } = { body: '' }] = at('/status');
    expect(JSON.parse(body)).toMatchObject({
      slot_id: null,
      status: 'Failed',
      metadata: { stdout: 'loading\nno model\n', stderr: 'no model\n' },
      error: { message: 'exited with code 3', error_type: 'SystemExit' },
    });
  });

  it('an unexpected end is told, and an asked one is not', async () => {
    const part = await openLangServer({ statusUpdateUrl: `${base}/status` });
    await call(part.url, '{"op":"exit","code":4}');
    await until('it is told', () => at('/status').length === 2);
    expect(JSON.parse(at('/status')[1]?.body ?? '')).toMatchObject({
      status: 'Failed',
      error: { message: 'exited with code 4', error_type: 'SystemExit' },
    });
    await call(part.url, undefined, {}, 'DELETE');
    await part.ended;
    expect(at('/status')).toHaveLength(2);
  });
});
