import { median } from './report.js';

/** One of those who are measured against each other. */
export interface Contender {
  name: string;
  /** Does so many and gives how many were done in a second. */
  run(count: number): Promise<number>;
  close(): Promise<void>;
}

export interface ContestOptions {
  rounds: number;
  /** Done by each in a round. */
  count: number;
  /** Done by each before the first. */
  warmUp: number;
  unit: string;
}

/** Lets all of them have their turn in each round, so that what else the machine does meets all alike. Gives the median of each by name. */
export async function compete(
  contenders: readonly Contender[],
  { rounds, count, warmUp, unit }: ContestOptions,
  say: (line: string) => void,
): Promise<(name: string) => number> {
  const rates = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await contender.run(warmUp);
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const rate = await contender.run(count);
      rates.get(contender.name)?.push(rate);
      say(`round ${round} ${contender.name}: ${Math.round(rate)} ${unit}`);
    }
  }
  return (name) => median(rates.get(name) ?? []);
}

/** Closes whom it could open when one of them cannot be. */
export async function withContenders<T>(
  openers: readonly (() => Promise<Contender>)[],
  use: (contenders: readonly Contender[]) => Promise<T>,
): Promise<T> {
  const contenders: Contender[] = [];
  try {
    for (const open of openers) contenders.push(await open());
    return await use(contenders);
  } finally {
    for (const contender of contenders) await contender.close();
  }
}
