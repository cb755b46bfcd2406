import type { ProjectHost } from '../host/index.js';
import { buildOpenApi, toRequestModel, type OpenApiDocument } from '../openapi/index.js';
import type { Descriptor } from '../protocol/index.js';

/** What a runner offers, as its documents show it: made when asked for, and anew when the project changed. */
export class Catalogue {
  readonly #host: ProjectHost;
  readonly #info: { title: string; version: string };
  #source: readonly Descriptor[] = [];
  #byName = new Map<string, Descriptor>();
  #schemas: string | undefined;
  #openApi: OpenApiDocument | undefined;

  constructor(host: ProjectHost, info: { title: string; version: string }) {
    this.#host = host;
    this.#info = info;
  }

  get(algorithm: string): Descriptor | undefined {
    return this.#current().get(algorithm);
  }

  names(): string[] {
    return [...this.#current().keys()];
  }

  /** The body of `GET /schemas`. */
  schemas(): string {
    const algorithms = this.#current();
    return (this.#schemas ??= JSON.stringify(
      Object.fromEntries([...algorithms].map(([name, descriptor]) => [name, toRequestModel(descriptor)])),
    ));
  }

  openApi(): OpenApiDocument {
    const algorithms = [...this.#current().values()];
    return (this.#openApi ??= buildOpenApi({ ...this.#info, algorithms }));
  }

  forget(): void {
    this.#source = [];
  }

  #current(): Map<string, Descriptor> {
    const { algorithms } = this.#host;
    if (algorithms === this.#source) return this.#byName;
    this.#source = algorithms;
    this.#byName = new Map(algorithms.map((descriptor) => [descriptor.name, descriptor]));
    this.#schemas = undefined;
    this.#openApi = undefined;
    return this.#byName;
  }
}
