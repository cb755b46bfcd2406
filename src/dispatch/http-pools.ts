import { Pool } from 'undici';

export interface HttpPoolsOptions {
  /** Connections per runner at most; unlimited when absent, as no more runs are sent than a runner takes. */
  connections?: number;
}

interface PooledHost {
  pool: Pool;
  /** Path of the base address, without a slash at its end. */
  prefix: string;
  users: number;
  lastUsedAt: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A runner nobody sent anything to for this long is probably gone. */
const IDLE_MS = 10 * 60 * 1000;

/** Kept-alive connections to each runner. */
export class HttpPools {
  readonly #options: HttpPoolsOptions;
  readonly #hosts = new Map<string, PooledHost>();

  constructor(options: HttpPoolsOptions) {
    this.#options = options;
  }

  /** The pool of a base address. Hand it back with `release`. @throws TypeError when it is no URL */
  acquire(host: string): PooledHost {
    const pooled = this.#hosts.get(host) ?? this.#add(host);
    pooled.users++;
    return pooled;
  }

  release(pooled: PooledHost): void {
    pooled.users--;
    pooled.lastUsedAt = performance.now();
  }

  async close(): Promise<void> {
    const pools = [...this.#hosts.values()].map(({ pool }) => pool.destroy());
    this.#hosts.clear();
    await Promise.all(pools);
  }

  #add(host: string): PooledHost {
    this.#dropIdle();
    const url = new URL(host);
    const pool = new Pool(url.origin, {
      connections: this.#options.connections ?? null,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      // A run takes as long as its own limit says, and may say nothing meanwhile.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const pooled = { pool, prefix: url.pathname.replace(/\/+$/, ''), users: 0, lastUsedAt: 0 };
    this.#hosts.set(host, pooled);
    return pooled;
  }

  #dropIdle(): void {
    const before = performance.now() - IDLE_MS;
    for (const [host, { pool, users, lastUsedAt }] of this.#hosts) {
      if (users > 0 || lastUsedAt > before) continue;
      this.#hosts.delete(host);
      void pool.close();
    }
  }
}

export type { PooledHost };
