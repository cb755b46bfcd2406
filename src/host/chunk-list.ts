/** The chunks of a stream as JSON text, until there are too many to keep. */
export class ChunkList {
  readonly #maxLength: number;
  #chunks: string[] = [];
  #length = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** False when it did not fit: then none are kept any more. */
  add(json: string): boolean {
    this.#length += json.length + 1;
    if (this.#length <= this.#maxLength) {
      this.#chunks.push(json);
      return true;
    }
    this.#chunks = [];
    return false;
  }

  /** All chunks as one JSON array; `null` when they were too many to keep. */
  toJson(): string {
    return this.#length <= this.#maxLength ? `[${this.#chunks.join(',')}]` : 'null';
  }
}
