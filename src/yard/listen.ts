import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { describeError, RunyardError } from '../errors/index.js';

/**
 * Binds a server and gives its base address.
 * @throws RunyardError `port_in_use`, naming the flag or setting that chooses another
 */
export async function listen(
  server: FastifyInstance,
  address: { host: string; port: number },
  what: { name: string; advice: string },
): Promise<string> {
  try {
    await server.listen(address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE'
        ? `port ${address.port} on ${address.host} is in use by another program`
        : `${address.host}:${address.port} cannot be listened on: ${describeError(error)}`;
    throw new RunyardError('port_in_use', `${what.name}: ${reason}; ${what.advice}`, { cause: error });
  }
  const { port } = server.server.address() as AddressInfo;
  return `http://${urlHost(address.host)}:${port}`;
}

/** Addresses that mean "every interface" are reached by loopback; IPv6 goes in brackets. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** True for addresses only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
