import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of the original Python programs, as their wire format says it; every request it got is kept. */
export interface OriginalServer {
  url: string;
  requests: { method: string; path: string; body: string }[];
  close(): Promise<void>;
}

type Answer = { status: number; body: unknown } | 'hang' | 'break';
type Handler = (request: { method: string; path: string; body: string }) => Answer | Promise<Answer>;

export async function serveOriginal(handle: Handler, port = 0): Promise<OriginalServer> {
  const requests: OriginalServer['requests'] = [];
  const server = createServer((request, response) => {
    void answer(request, response, handle, requests);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}`, requests, close: () => closeServer(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: Handler,
  requests: OriginalServer['requests'],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const call = {
    method: request.method ?? '',
    path: request.url ?? '',
    body: Buffer.concat(chunks).toString(),
  };
  requests.push(call);
  const given = await handle(call);
  if (given === 'hang') return;
  if (given === 'break') {
    request.socket.destroy();
    return;
  }
  const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
  response.writeHead(given.status, { 'content-type': 'application/json' }).end(text);
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** What pydantic writes of `def run_ocr(image_url: str)`. */
export const imageUrlModel = (name: string) => ({
  title: `AlgorithmRequestModel_${name}`,
  type: 'object',
  properties: { image_url: { title: 'Image Url', type: 'string' } },
  required: ['image_url'],
  additionalProperties: false,
});

/** A runner with `run_ocr`, which gives the length of its URL. */
export function serveOriginalRunner(port = 0): Promise<OriginalServer> {
  return serveOriginal(({ method, path, body }) => {
    if (path === '/schemas') return { status: 200, body: { ocr: imageUrlModel('ocr') } };
    if (method === 'POST' && path === '/run/ocr') {
      const { image_url: url } = JSON.parse(body) as { image_url?: string };
      if (url === undefined)
        return { status: 400, body: { detail: '1 validation error: image_url field required' } };
      return { status: 200, body: { result: url.length } };
    }
    return { status: 404, body: { detail: 'Not Found' } };
  }, port);
}

/** A discovery that knows nothing but the original two operations. */
export async function serveOriginalDiscovery(
  port = 0,
): Promise<OriginalServer & { registry: Record<string, string> }> {
  const registry: Record<string, string> = {};
  const server = await serveOriginal(({ method, path, body }) => {
    if (path !== '/algorithms') return { status: 404, body: { detail: 'Not Found' } };
    if (method === 'GET') return { status: 200, body: registry };
    if (method !== 'POST') return { status: 405, body: { detail: 'Method Not Allowed' } };
    const { algorithm, host } = JSON.parse(body) as { algorithm: string; host: string };
    registry[algorithm] = host;
    return { status: 200, body: 'null' };
  }, port);
  return { ...server, registry };
}

/** A port that nothing listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await closeServer(server);
  return port;
}
