import { isIPv4 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';

/** Ways a request cannot change anything. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Host headers seen good are remembered, up to this many. */
const MAX_REMEMBERED = 64;

/**
 * Keeps pages of other sites, opened in a browser of this machine, from using the gateway.
 * A page whose name was rebound to this address gives itself away by the Host header; a page that posts across sites by
 * Sec-Fetch-Site and Origin.
 */
export class BrowserGuard {
  readonly #fastify: FastifyInstance;
  readonly #origins: readonly string[];
  readonly #hosts: ReadonlySet<string> | undefined;
  readonly #needsKeys: boolean;
  readonly #goodHosts = new Set<string>();
  #checksHosts: boolean | undefined;

  constructor(
    fastify: FastifyInstance,
    options: { origins: readonly string[]; allowedHosts: readonly string[] | undefined; needsKeys: boolean },
  ) {
    this.#fastify = fastify;
    this.#origins = options.origins;
    this.#hosts = options.allowedHosts && new Set(options.allowedHosts.map((host) => host.toLowerCase()));
    this.#needsKeys = options.needsKeys;
  }

  /** @throws RunyardError `forbidden` */
  assertAllowed(request: FastifyRequest): void {
    this.#assertHost(request.headers.host);
    if (!SAFE_METHODS.has(request.method)) this.#assertSite(request);
  }

  #assertHost(host: string | undefined): void {
    // Browsers always send it; who sends none is none.
    if (host === undefined || this.#goodHosts.has(host) || !this.#isCheckingHosts()) return;
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (!isLoopbackName(name) && this.#hosts?.has(name) !== true) {
      throw new RunyardError(
        'forbidden',
        `The gateway serves this machine only and does not answer to the name "${name.slice(0, 100)}". If it is yours, add it to gateway.allowedHosts.`,
      );
    }
    if (this.#goodHosts.size < MAX_REMEMBERED) this.#goodHosts.add(host);
  }

  /** Keys keep rebound pages out by themselves. Which address is listened on is known with the first request. */
  #isCheckingHosts(): boolean {
    if (this.#needsKeys) return false;
    if (this.#hosts !== undefined) return true;
    this.#checksHosts ??= isListeningOnLoopback(this.#fastify);
    return this.#checksHosts;
  }

  #assertSite(request: FastifyRequest): void {
    const { origin, host, 'sec-fetch-site': site } = request.headers;
    if (site === 'same-origin' || site === 'none') return;
    if (site === undefined && (origin === undefined || isOriginOf(origin, host))) return;
    if (origin !== undefined && this.#isAllowedOrigin(origin)) return;
    throw new RunyardError(
      'forbidden',
      `Pages of ${origin === undefined ? 'other sites' : `the origin "${origin.slice(0, 100)}"`} may not change anything here. If it is yours, add it to gateway.corsOrigins.`,
    );
  }

  #isAllowedOrigin(origin: string): boolean {
    return this.#origins.includes('*') || this.#origins.includes(origin);
  }
}

function isLoopbackName(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '[::1]') return true;
  return isIPv4(name) && name.startsWith('127.');
}

function isListeningOnLoopback(fastify: FastifyInstance): boolean {
  const address = fastify.server.address();
  if (typeof address !== 'object' || address === null) return false;
  return address.address === '::1' || address.address.startsWith('127.');
}

function isOriginOf(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
