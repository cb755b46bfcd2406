import { measureGrowth, readSizes } from './growth.js';
import type { Bench } from './report.js';

const SIZES = [1, 10, 100, 1_000];
/** Of all runners together, or one of each. */
const PLACES = 100;

/** What it costs that an algorithm has many runners, each with a lease that it renews. */
export const run: Bench = (say) =>
  measureGrowth(
    {
      unit: 'runners',
      sizes: readSizes() ?? SIZES,
      describe: (runners) => ({
        runners,
        algorithms: ['work'],
        capacity: Math.ceil(PLACES / runners),
      }),
      questions: { 'the list of algorithms with their runners': '/algorithms', metrics: '/metrics' },
    },
    say,
  );
