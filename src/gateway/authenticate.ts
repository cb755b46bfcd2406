import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { Caller } from './caller.js';
import type { ApiKey } from './gateway-options.js';

/** Pages and probes that a browser or an orchestrator opens without a key; none of them tells what the yard holds. */
const OPEN_ROUTES = /^\/(?:health|live|docs(?:\/.*)?)?$/;

/** The description of everything that can be called, which the page under /docs loads. */
export const DOCUMENT_ROUTES: ReadonlySet<string> = new Set(['/openapi.json', '/docs/json', '/docs/yaml']);

/** Finds out by the presented key who is calling. */
export class Authenticator {
  readonly #keys: readonly { digest: Buffer; caller: Caller }[];
  readonly #anybody = new Caller();

  /** @throws RunyardError `invalid_config` for a hash that is none */
  constructor(keys: readonly ApiKey[]) {
    this.#keys = keys.map((key) => ({ digest: parseHash(key), caller: new Caller(key) }));
  }

  get needsKeys(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Sets `request.caller`. On open routes a caller without a key is nobody in particular.
   * @throws RunyardError `unauthorized`
   */
  authenticate(request: FastifyRequest, reply: FastifyReply): void {
    request.caller = this.#anybody;
    if (!this.needsKeys) return;
    const route = request.routeOptions.url ?? '';
    const isDocument = DOCUMENT_ROUTES.has(route);
    const presented = readPresentedKey(request, isDocument);
    const caller = presented === undefined ? undefined : this.#find(presented);
    if (caller !== undefined) {
      request.caller = caller;
      return;
    }
    if (OPEN_ROUTES.test(route) && !isDocument) return;
    // With Basic a browser asks the reader of /docs for the key by itself.
    reply.header('www-authenticate', isDocument ? 'Basic realm="Runyard API key as password"' : 'Bearer');
    throw new RunyardError(
      'unauthorized',
      presented === undefined
        ? 'An API key is needed: send `Authorization: Bearer <key>` or `X-API-Key: <key>`.'
        : 'This API key is not known here: check it, or make one with `runyard key`.',
    );
  }

  /** True when the caller of an open route showed a good key, or none is needed. */
  isKnown(caller: Caller): boolean {
    return !this.needsKeys || caller !== this.#anybody;
  }

  /** Compares with every key, so that the time tells nothing of which one was near. */
  #find(presented: string): Caller | undefined {
    const digest = createHash('sha256').update(presented).digest();
    let found: Caller | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found = key.caller;
    return found;
  }
}

function readPresentedKey(request: FastifyRequest, acceptBasic: boolean): string | undefined {
  const { authorization = '', 'x-api-key': apiKey } = request.headers;
  const [scheme = '', value = ''] = authorization.split(' ', 2);
  // Clients of Algorithmia's API call theirs simple.
  if (/^(?:bearer|simple)$/i.test(scheme)) return value;
  if (acceptBasic && /^basic$/i.test(scheme)) {
    return Buffer.from(value, 'base64').toString().split(':').slice(1).join(':');
  }
  return typeof apiKey === 'string' ? apiKey : undefined;
}

function parseHash(key: ApiKey): Buffer {
  const hash = key.hash.replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/i.test(hash)) return Buffer.from(hash, 'hex');
  throw new RunyardError(
    'invalid_config',
    `The hash of API key "${key.name}" must be 64 hexadecimal digits; make one with \`runyard key\`.`,
  );
}
