import { describeError, RunyardError } from '../errors/index.js';
import type { Descriptor, JsonSchema } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import { assertDepth, compileInput, describeFieldErrors, type InputValidator } from '../validation/index.js';

export interface PayloadCheckOptions {
  directory: { descriptor(algorithm: string): Descriptor | undefined } | undefined;
  /** Most bytes of a payload as JSON. */
  maxPayloadBytes: number | undefined;
  /** Deepest nesting of objects and arrays. */
  maxDepth: number | undefined;
  /** Refuse algorithms that nobody offers now. */
  requireKnown: boolean;
  logger: Logger;
}

/** Checks payloads against the schema of their algorithm. Each schema is compiled once, for as long as it is in use. */
export class PayloadCheck {
  readonly #options: PayloadCheckOptions;
  readonly #validators = new WeakMap<object, InputValidator | 'unusable'>();

  constructor(options: PayloadCheckOptions) {
    this.#options = options;
  }

  /** @throws RunyardError `unknown_algorithm`, `invalid_input` or `body_too_large` */
  assertFits(algorithm: string, payload: Record<string, unknown>): void {
    const descriptor = this.#options.directory?.descriptor(algorithm);
    if (!descriptor && this.#options.requireKnown) {
      throw new RunyardError(
        'unknown_algorithm',
        `Nobody offers the algorithm "${algorithm}" now; GET /algorithms lists what there is.`,
      );
    }
    assertDepth(payload, this.#options.maxDepth);
    this.#assertSize(payload);
    const errors = descriptor && this.#getValidator(descriptor)?.(payload);
    if (errors) throw new RunyardError('invalid_input', describeFieldErrors(errors), { errors });
  }

  #assertSize(payload: Record<string, unknown>): void {
    const { maxPayloadBytes } = this.#options;
    if (maxPayloadBytes === undefined) return;
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (bytes <= maxPayloadBytes) return;
    throw new RunyardError(
      'body_too_large',
      `The payload has ${bytes} bytes; at most ${maxPayloadBytes} are taken.`,
    );
  }

  #getValidator({ name, input }: Descriptor): InputValidator | undefined {
    // `true` and `false` are schemas too; anything fits the one, and the runner says so of the other.
    if (typeof input === 'boolean') return undefined;
    let validator = this.#validators.get(input);
    if (!validator) {
      validator = this.#compile(name, input);
      this.#validators.set(input, validator);
    }
    return validator === 'unusable' ? undefined : validator;
  }

  /** A schema that cannot be compiled here is no reason to refuse work: its own runner checks again. */
  #compile(name: string, schema: JsonSchema): InputValidator | 'unusable' {
    try {
      return compileInput(schema);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, algorithm: name },
        `the input schema of ${name} is not usable: ${describeError(error)}`,
      );
      return 'unusable';
    }
  }
}
