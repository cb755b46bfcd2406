/** One line of a bench: what was measured, what it is compared with, and the ratio between them. */
export interface Figure {
  title: string;
  value: number;
  unit: string;
  /** `value` divided by the same measure of something named. */
  ratios?: { to: string; ratio: number; goal?: number }[];
}

/** A bench: measures, says meanwhile what it does, and gives its figures. */
export type Bench = (say: (line: string) => void) => Promise<Figure[]>;

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
