/**
 * Calls other algorithms: `algorithmia.client().algo('user/name').pipe(input).then((response) => response.get())`.
 * Stands in for the package of that name where a project does not bring it. ALGORITHMIA_API and ALGORITHMIA_API_KEY say
 * where and as whom; an algorithm that runs here is given both.
 */

class AlgoResponse {
  constructor({ result, error, metadata }) {
    this.result = metadata?.content_type === 'binary' ? Buffer.from(result, 'base64') : result;
    this.error = error;
    this.metadata = metadata;
  }

  /** The result; throws what the algorithm failed with. */
  get() {
    if (!this.error) return this.result;
    const error = new Error(this.error.message);
    error.name = this.error.error_type ?? 'AlgorithmError';
    throw error;
  }
}

class Algorithm {
  #client;
  #path;
  #query = '';

  constructor(client, name) {
    this.#client = client;
    this.#path = name
      .replace(/^(algo:\/\/)?\/*/, '')
      .split('/')
      .map(encodeURIComponent)
      .join('/');
  }

  /** @param {{ timeout?: number }} options - `timeout` in seconds */
  setOptions(options) {
    this.#query = `?${new URLSearchParams(options)}`;
    return this;
  }

  /** Calls it. What it fails with is in the response; only a call that does not get there rejects. */
  async pipe(input) {
    const { type, body } = encode(input);
    const response = await fetch(`${this.#client.address}/v1/algo/${this.#path}${this.#query}`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Simple ${this.#client.key}` },
      body,
    });
    return new AlgoResponse(await response.json());
  }

  /** Calls it with JSON that is text already. */
  pipeJson(json) {
    return this.pipe(JSON.parse(json));
  }
}

class Client {
  constructor(key, address) {
    this.key = key ?? process.env.ALGORITHMIA_API_KEY ?? '';
    const where = address ?? process.env.ALGORITHMIA_API;
    if (!where)
      throw new Error('Nobody says where algorithms are called: set ALGORITHMIA_API to the gateway');
    this.address = where.replace(/\/+$/, '');
  }

  algo(name) {
    return new Algorithm(this, name);
  }
}

function encode(input) {
  if (ArrayBuffer.isView(input)) return { type: 'application/octet-stream', body: input };
  if (typeof input === 'string') return { type: 'text/plain', body: input };
  return { type: 'application/json', body: JSON.stringify(input ?? null) };
}

const client = (key, address) => new Client(key, address);

module.exports = Object.assign(client, { client, algo: (name) => client().algo(name) });
