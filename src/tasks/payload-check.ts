import { describeError, RunyardError } from '../errors/index.js';
import { takesArguments, type Descriptor, type FieldError, type JsonSchema } from '../protocol/index.js';
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
  /** By algorithm: as many as have been on offer since the start. */
  readonly #validators = new Map<string, { schema: JsonSchema; text: string; validate: InputValidator }>();
  readonly #unusable = new WeakSet<object>();

  constructor(options: PayloadCheckOptions) {
    this.#options = options;
  }

  /** True unless the algorithm is known to take other values too. */
  takesArguments(algorithm: string): boolean {
    const descriptor = this.#options.directory?.descriptor(algorithm);
    return descriptor === undefined || takesArguments(descriptor.input);
  }

  /** @throws RunyardError `unknown_algorithm`, `invalid_input` or `body_too_large` */
  assertFits(algorithm: string, payload: unknown): void {
    const descriptor = this.#options.directory?.descriptor(algorithm);
    if (!descriptor && this.#options.requireKnown) {
      throw new RunyardError(
        'unknown_algorithm',
        `Nobody offers the algorithm "${algorithm}" now; GET /algorithms lists what there is.`,
      );
    }
    assertDepth(payload, this.#options.maxDepth);
    this.#assertSize(payload);
    const errors = descriptor && this.#findErrors(descriptor, payload);
    if (errors) throw new RunyardError('invalid_input', describeFieldErrors(errors), { errors });
  }

  #assertSize(payload: unknown): void {
    const { maxPayloadBytes } = this.#options;
    if (maxPayloadBytes === undefined) return;
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    if (bytes <= maxPayloadBytes) return;
    throw new RunyardError(
      'body_too_large',
      `The payload has ${bytes} bytes; at most ${maxPayloadBytes} are taken.`,
    );
  }

  #findErrors({ name, input }: Descriptor, payload: unknown): FieldError[] | undefined {
    // `true` and `false` are schemas too; anything fits the one, and the runner says so of the other.
    if (typeof input === 'boolean' || this.#unusable.has(input)) return undefined;
    try {
      return this.#getValidator(name, input)(payload);
    } catch (error) {
      // A schema that cannot be compiled here is no reason to refuse work: its own runner checks again.
      const message = `payloads of ${name} are not checked before the runner does: ${describeError(error)}`;
      this.#options.logger.warn({ err: error, algorithm: name }, message);
      this.#unusable.add(input);
      return undefined;
    }
  }

  /** A runner that registers again sends the same schema as a new object: only a changed one is compiled anew. */
  #getValidator(name: string, schema: JsonSchema): InputValidator {
    const known = this.#validators.get(name);
    if (known?.schema === schema) return known.validate;
    const text = JSON.stringify(schema);
    const validate = known?.text === text ? known.validate : compileInput(schema);
    this.#validators.set(name, { schema, text, validate });
    return validate;
  }
}
