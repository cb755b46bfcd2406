import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registrar } from '../src/discovery/index.js';
import type { Descriptor } from '../src/protocol/index.js';

export interface SimulatedRunnersOptions {
  discoveryUrl: string;
  /** Runners, each of which has an address, a registration and renewals of its own. */
  count: number;
  /** What every one of them offers. */
  algorithms: readonly string[];
  /** Runs that each of them takes at the same time. */
  capacity: number;
}

const INPUT = {
  type: 'object',
  properties: { value: { type: 'integer' } },
  required: ['value'],
  additionalProperties: false,
};
const REGISTERED_AT_ONCE = 50;

/**
 * Many runners that do nothing, behind one server that listens on every address of loopback: whoever sends them work
 * holds connections, places and breakers for each of them, discovery holds a lease for each.
 */
export class SimulatedRunners {
  readonly #server: Server;
  readonly #registrars: Registrar[];
  /** By index. */
  readonly #running: number[];

  private constructor(server: Server, options: SimulatedRunnersOptions) {
    const { discoveryUrl, count, algorithms, capacity } = options;
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#running = Array.from({ length: count }, () => 0);
    const descriptors = algorithms.map(describe);
    this.#registrars = Array.from({ length: count }, (_, index) => {
      const registration = () => ({
        host: `http://${addressOf(index)}:${port}`,
        algorithms: descriptors,
        capacity,
        load: this.#running[index] ?? 0,
      });
      return new Registrar({ id: `simulated-${index}`, registration, discoveries: [discoveryUrl] });
    });
    server.on('request', (request, response) => {
      const index = indexOf(request.socket.localAddress ?? '');
      this.#running[index] = (this.#running[index] ?? 0) + 1;
      request.resume().on('end', () => {
        this.#running[index] = (this.#running[index] ?? 1) - 1;
        response.writeHead(200, {
          'content-type': 'application/json',
          'x-runyard-version': '0.0.0',
          'x-duration-ms': '0.1',
        });
        response.end('{"result":1}');
      });
    });
  }

  /** Resolves when all are registered. */
  static async start(options: SimulatedRunnersOptions): Promise<SimulatedRunners> {
    const server = createServer({ keepAliveTimeout: 600_000 });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const runners = new SimulatedRunners(server, options);
    const waiting = [...runners.#registrars];
    const register = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await next.start();
    };
    await Promise.all(Array.from({ length: REGISTERED_AT_ONCE }, register));
    return runners;
  }

  async close(): Promise<void> {
    await Promise.all(this.#registrars.map((registrar) => registrar.close()));
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function describe(name: string): Descriptor {
  return { name, input: INPUT, mode: 'unary', limits: {} };
}

/** All of 127.0.0.0/8 is this machine. */
function addressOf(index: number): string {
  return `127.1.${index >> 8}.${index & 255}`;
}

function indexOf(address: string): number {
  const [, , high = 0, low = 0] = address.split('.').map(Number);
  return high * 256 + low;
}
