import { Agent } from 'undici';
import { describeError } from '../errors/index.js';
import type { RunnerRegistration } from '../protocol/index.js';
import { silentLogger, type Logger } from '../telemetry/index.js';
import { Backoff } from './backoff.js';
import { createLocalTarget, RemoteTarget, type RegistrationTarget } from './registration-target.js';
import type { RunnerRegistry } from './runner-registry.js';

export interface RegistrarOptions {
  id: string;
  /** What to say of the runner at the moment of asking. */
  registration: () => RunnerRegistration;
  /** Base addresses of the discoveries to register with. */
  discoveries: readonly string[];
  /** A registry in this process. */
  registry?: RunnerRegistry;
  /** Register every algorithm by the original `POST /algorithms` as well. @default false */
  original?: boolean;
  logger?: Logger;
  /** Changes in quick succession are told together after this time. @default 150 */
  throttleMs?: number;
  /** Longest wait for one answer. @default 5000 */
  timeoutMs?: number;
  /** First wait after a failure; it doubles. @default 250 */
  firstBackoffMs?: number;
  /** @default 5000 */
  maxBackoffMs?: number;
}

/** Keeps one runner registered with every discovery. A discovery that is down is tried again; nothing here throws. */
export class Registrar {
  readonly #memberships: Membership[];
  readonly #agent: Agent;

  constructor(options: RegistrarOptions) {
    const timeoutMs = options.timeoutMs ?? 5_000;
    this.#agent = new Agent({ connections: 1, connect: { timeout: timeoutMs } });
    const targets: RegistrationTarget[] = options.discoveries.map(
      (url) =>
        new RemoteTarget({ url, dispatcher: this.#agent, timeoutMs, original: options.original ?? false }),
    );
    if (options.registry) targets.push(createLocalTarget(options.registry));
    this.#memberships = targets.map((target) => new Membership(target, options));
  }

  /** Registers now and renews from then on. Resolves when every discovery has been tried once. */
  async start(): Promise<void> {
    await this.push();
  }

  /** Something about the runner is different: tells it soon. */
  changed(): void {
    for (const membership of this.#memberships) membership.changed();
  }

  /** Tells it now. Resolves when every discovery has been tried. */
  async push(): Promise<void> {
    await Promise.all(this.#memberships.map((membership) => membership.renew()));
  }

  /** Unregisters everywhere, as far as the discoveries answer. */
  async close(): Promise<void> {
    await Promise.all(this.#memberships.map((membership) => membership.close()));
    await this.#agent.destroy();
  }
}

/** The registration at one discovery. */
class Membership {
  readonly #target: RegistrationTarget;
  readonly #options: RegistrarOptions;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #sending: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #tried = false;
  #state: 'new' | 'registered' | 'failing' | 'closed' = 'new';

  constructor(target: RegistrationTarget, options: RegistrarOptions) {
    this.#target = target;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#backoff = new Backoff({
      firstMs: options.firstBackoffMs ?? 250,
      maxMs: options.maxBackoffMs ?? 5_000,
    });
  }

  /** While the discovery is away the next try comes by itself, and says what is true then. */
  changed(): void {
    if (this.#state !== 'registered') return;
    const throttleMs = this.#options.throttleMs ?? 150;
    if (performance.now() + throttleMs < this.#dueAt) this.#schedule(throttleMs);
  }

  /** What is being sent may be out of date already: then it is sent once more. */
  renew(): Promise<void> {
    if (!this.#sending) return (this.#sending = this.#send());
    return (this.#again ??= this.#sending.then(() => {
      this.#again = undefined;
      return this.renew();
    }));
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    // A registration that arrives after the farewell would bring the runner back.
    await this.#again;
    await this.#sending;
    if (!this.#tried) return;
    try {
      await this.#target.unregister(this.#options.id);
    } catch (error) {
      // Its lease runs out by itself.
      this.#logger.debug({ discovery: this.#target.name, reason: describeError(error) }, 'not unregistered');
    }
  }

  async #send(): Promise<void> {
    try {
      if (this.#state === 'closed') return;
      this.#tried = true;
      const { leaseMs } = await this.#target.register(this.#options.id, this.#options.registration());
      this.#succeeded(leaseMs);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#sending = undefined;
    }
  }

  #succeeded(leaseMs: number): void {
    if (this.#state === 'closed') return;
    const { name, successLevel } = this.#target;
    if (this.#state !== 'registered') this.#logger[successLevel]({ discovery: name }, 'registered');
    this.#state = 'registered';
    this.#backoff.reset();
    this.#schedule((leaseMs / 3) * (0.9 + Math.random() * 0.1));
  }

  #failed(error: unknown): void {
    if (this.#state === 'closed') return;
    const context = { discovery: this.#target.name, reason: describeError(error) };
    if (this.#state !== 'failing') this.#logger.warn(context, 'discovery cannot be told; trying again');
    this.#state = 'failing';
    this.#schedule(this.#backoff.next());
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + ms;
    this.#timer = setTimeout(() => void this.renew(), ms);
    this.#timer.unref();
  }
}
