/** Algorithms that are told apart; a store of anything that callers made up may hold many more. */
const MAX_LABELS = 1000;

/** What the rest are counted under. No algorithm has this name: names have no spaces. */
const REST = 'all others';

/** Names with the greatest weight keep their own label, the rest share one. */
export class LabelLimit {
  readonly #weights = new Map<string, number>();
  #kept: ReadonlySet<string> | undefined;

  weigh(name: string, weight: number): void {
    this.#weights.set(name, (this.#weights.get(name) ?? 0) + weight);
  }

  /** After all is weighed. */
  label(name: string): string {
    if (this.#weights.size <= MAX_LABELS) return name;
    this.#kept ??= this.#choose();
    return this.#kept.has(name) ? name : REST;
  }

  #choose(): ReadonlySet<string> {
    const heaviest = [...this.#weights].sort(([, a], [, b]) => b - a).slice(0, MAX_LABELS);
    return new Set(heaviest.map(([name]) => name));
  }
}
