import { afterEach, expect, test } from 'vitest';
import { LaneBoard } from '../../src/controller/lane-board.js';

let board: LaneBoard;
afterEach(() => board.close());

const asked: string[] = [];
let wakes = 0;

/** A board over these free places; an algorithm that is not among them is offered by nobody. */
function createBoard(places: Record<string, number>, maxConcurrency = 100): LaneBoard {
  asked.length = 0;
  wakes = 0;
  board = new LaneBoard({
    freeCapacity: (algorithm) => {
      asked.push(algorithm);
      return places[algorithm];
    },
    ...{ maxConcurrency, busyBackoffMs: 5, maxBusyBackoffMs: 20 },
    onWork: () => wakes++,
  });
  return board;
}

/** Claims, and gives each lane this many messages. */
function claim(lanes: LaneBoard, got: (algorithm: string, max: number) => number): [string, number][] {
  const demands = lanes.takeDemands();
  for (const { algorithm, max } of demands) {
    lanes.settleClaim(algorithm, max, got(algorithm, max), lanes.notices(algorithm));
  }
  return demands.map(({ algorithm, max }) => [algorithm, max]);
}

test('all lanes that became ready in a turn are claimed together, each for its free places', () => {
  const lanes = createBoard({ a: 2, b: 3, full: 0 });
  for (const name of ['a', 'b', 'full', 'nobody', 'a']) lanes.markReady(name);
  expect(lanes.takeDemands()).toEqual([
    { algorithm: 'a', max: 2 },
    { algorithm: 'b', max: 3 },
  ]);
});

test('only lanes that something happened to are looked at, however many wait', () => {
  const lanes = createBoard({ hot: 1 });
  for (let i = 0; i < 1_000; i++) lanes.markReady(`waiting_${i}`);
  lanes.takeDemands();
  asked.length = 0;
  lanes.markReady('hot');
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'hot', max: 1 }]);
  expect(asked).toEqual(['hot']);
});

test('places that are asked for are not asked for again', () => {
  const lanes = createBoard({ a: 5 });
  lanes.markReady('a');
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'a', max: 5 }]);
  lanes.markReady('a');
  expect(lanes.takeDemands()).toEqual([]);
});

test('a lane that gave less than was asked for is empty until the queue says otherwise', () => {
  const lanes = createBoard({ a: 5 });
  lanes.markReady('a');
  expect(claim(lanes, () => 2)).toEqual([['a', 5]]);
  lanes.markRunning('a');
  lanes.markDone('a');
  expect(lanes.takeDemands()).toEqual([]);
  lanes.markReady('a');
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'a', max: 4 }]);
});

test('a notice that comes during a claim is not lost', () => {
  const lanes = createBoard({ a: 5 });
  lanes.markReady('a');
  const before = lanes.notices('a');
  lanes.takeDemands();
  lanes.markReady('a');
  lanes.settleClaim('a', 5, 0, before);
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'a', max: 5 }]);
});

test('short runs are claimed ahead of free places, within bounds; long ones, and ones nobody offers, are not', () => {
  const places: Record<string, number> = { short: 2, long: 2, gone: 2 };
  const lanes = createBoard(places);
  const returned = (algorithm: string, durationMs: number): void => {
    lanes.markReady(algorithm);
    lanes.takeDemands();
    lanes.settleClaim(algorithm, 2, 1, lanes.notices(algorithm));
    lanes.markRunning(algorithm);
    lanes.markReturned(algorithm, durationMs);
    lanes.markDone(algorithm);
  };
  returned('long', 500);
  returned('short', 2);
  returned('gone', 2);
  delete places.gone;
  lanes.markReady('short');
  lanes.markReady('long');
  lanes.markReady('gone');
  expect(lanes.takeDemands()).toEqual([
    { algorithm: 'short', max: 12 },
    { algorithm: 'long', max: 2 },
  ]);
  lanes.markReady('short');
  expect(lanes.takeDemands()).toEqual([]);
});

test('when the whole is full, lanes that got nothing go first the next time', () => {
  const lanes = createBoard({ a: 9, b: 9, c: 9 }, 2);
  for (const name of ['a', 'b', 'c']) lanes.markReady(name);
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    const claimed = claim(lanes, (_algorithm, max) => max);
    order.push(...claimed.map(([algorithm]) => algorithm));
    for (const [algorithm, max] of claimed) {
      for (let place = 0; place < max; place++) {
        lanes.markRunning(algorithm);
        lanes.markDone(algorithm);
      }
    }
  }
  expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('a lane whose runners are busy pauses, and resumes by itself or when a run of it succeeds', async () => {
  const lanes = createBoard({ a: 1 });
  lanes.markReady('a');
  expect([lanes.pause('a'), lanes.pause('a')]).toEqual([5, 5]);
  expect(lanes.takeDemands()).toEqual([]);
  wakes = 0;
  await expect.poll(() => wakes).toBe(1);
  expect(claim(lanes, () => 0)).toEqual([['a', 1]]);
  lanes.markReady('a');
  expect(lanes.pause('a')).toBe(10);
  expect(lanes.takeDemands()).toEqual([]);
  lanes.relieve('a');
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'a', max: 1 }]);
  expect(lanes.pause('a', 7)).toBe(7);
});

test('lanes that nothing happens in are forgotten, and found again', () => {
  const lanes = createBoard({ a: 1 });
  lanes.markReady('a');
  claim(lanes, () => 0);
  lanes.forgetIdle();
  expect(lanes.notices('a')).toBe(0);
  lanes.markReady('a');
  expect(lanes.takeDemands()).toEqual([{ algorithm: 'a', max: 1 }]);
});
