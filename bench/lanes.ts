import { measureGrowth } from './growth.js';
import type { Bench } from './report.js';

const SIZES = [1, 10, 100, 1_000];

/** What it costs that tasks are of many algorithms: one runner offers all of them, and each task is of the next one. */
export const run: Bench = (say) =>
  measureGrowth(
    {
      unit: 'lanes',
      sizes: SIZES,
      describe: (lanes) => ({
        runners: 1,
        algorithms: Array.from({ length: lanes }, (_, index) => `algorithm_${index}`),
        capacity: 100,
      }),
      questions: {
        'the list of algorithms': '/algorithms',
        'the document of all operations': '/openapi.json',
        'the newest 50 tasks': '/tasks?limit=50',
        'the newest 50 dead tasks': '/tasks?state=dead&limit=50',
        'the newest 50 of one algorithm': '/tasks?algorithm=algorithm_0&limit=50',
        'how much waits in each lane': '/queues',
        metrics: '/metrics',
      },
    },
    say,
  );
