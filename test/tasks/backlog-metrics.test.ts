import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LaneDepth } from '../../src/queue/index.js';
import { BacklogMetrics } from '../../src/tasks/index.js';
import { createMetrics, type Metrics } from '../../src/telemetry/index.js';
import { openYard, type TestYard } from '../controller/test-yard.js';

let yard: TestYard;
let metrics: Metrics;
beforeEach(async () => {
  yard = await openYard();
  metrics = createMetrics();
});
afterEach(() => yard.close());

async function read(queue: object = {}, store: object = {}): Promise<string> {
  const backlog = new BacklogMetrics({
    queue: { depths: () => yard.queue.depths(), ...queue },
    store: {
      counts: () => yard.store.counts(),
      oldestWaiting: (now) => yard.store.oldestWaiting(now),
      ...store,
    },
    metrics,
    clock: yard.clock.read,
  });
  await Promise.all([backlog.refresh(), backlog.refresh()]);
  return metrics.registry.metrics();
}

const fail = async (): Promise<never> => Promise.reject(new Error('gone'));
const line = (text: string, start: string): string | undefined =>
  text.split('\n').find((one) => one.startsWith(start));

it('depths, ages and states are those of the moment', async () => {
  await yard.submit('ocr');
  yard.clock.advance(5_000);
  await yard.submit('ocr');
  await yard.submit('nlp', { runAt: yard.clock.read() + 60_000 });
  const text = await read();
  expect(text).toContain('runyard_queue_ready{algorithm="ocr"} 2');
  expect(text).toContain('runyard_queue_oldest_seconds{algorithm="ocr"} 5');
  expect(text).toContain('runyard_queue_delayed{algorithm="nlp"} 1');
  expect(text).toContain('runyard_queue_oldest_seconds{algorithm="nlp"} 0');
  expect(text).toContain('runyard_tasks{algorithm="ocr",state="waiting"} 2');
  expect(text).toContain('runyard_part_up{part="queue"} 1');
});

it('where the queue knows no ages, the store tells them, also of a lane that looks empty to the queue', async () => {
  await yard.submit('ocr');
  await yard.submit('nlp');
  yard.clock.advance(7_000);
  const depths = async (): Promise<LaneDepth[]> => [{ algorithm: 'ocr', ready: 1, claimed: 0 }];
  const text = await read({ depths });
  expect(text).toContain('runyard_queue_oldest_seconds{algorithm="ocr"} 7');
  expect(text).toContain('runyard_queue_oldest_seconds{algorithm="nlp"} 7');
  expect(text).not.toContain('runyard_queue_delayed{');
});

it('a queue that does not answer hides neither that nor what the store says', async () => {
  await yard.submit('ocr');
  await read();
  const text = await read({ depths: fail });
  expect(text).toContain('runyard_part_up{part="queue"} 0');
  expect(text).toContain('runyard_part_up{part="store"} 1');
  expect(line(text, 'runyard_queue_ready{')).toBeUndefined();
  expect(text).toContain('runyard_tasks{algorithm="ocr",state="waiting"} 1');
});

it('a store that does not answer hides neither that nor the depths', async () => {
  await yard.submit('ocr');
  const text = await read({}, { counts: fail, oldestWaiting: fail });
  expect(text).toContain('runyard_part_up{part="store"} 0');
  expect(text).toContain('runyard_queue_ready{algorithm="ocr"} 1');
});

it('more names than anybody can look at are summed up, the longest lanes apart', async () => {
  const made = Array.from({ length: 5_000 }, (_, index) => ({
    algorithm: `made-${index}`,
    ready: 1,
    claimed: 0,
  }));
  const depths = async (): Promise<LaneDepth[]> => [...made, { algorithm: 'ocr', ready: 9, claimed: 0 }];
  const text = await read({ depths });
  expect(text).toContain('runyard_queue_ready{algorithm="ocr"} 9');
  expect(text).toContain('runyard_queue_ready{algorithm="all others"} 4001');
  expect(text.match(/^runyard_queue_ready\{/gm)).toHaveLength(1001);
});
