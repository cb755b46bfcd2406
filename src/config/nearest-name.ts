import { distance } from 'fastest-levenshtein';

/** The known name a wrong one was probably meant to be; undefined when none is near. */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    const found = distance(word.toLowerCase(), name.toLowerCase());
    if (found < bestDistance) [best, bestDistance] = [name, found];
  }
  return best;
}
