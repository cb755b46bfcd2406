import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Starts a real server on the loopback interface and gives its port. */
export async function startServer(listener: RequestListener, host = '127.0.0.1'): Promise<[Server, number]> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return [server, (server.address() as AddressInfo).port];
}

/** Closes a server together with whatever is still connected to it. */
export async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
