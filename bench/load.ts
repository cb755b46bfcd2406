/** Does something so often, so many at the same time. Gives how many were done in a second. */
export async function runInFlight(
  count: number,
  inFlight: number,
  work: (number: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) await work(next++);
    }),
  );
  return (count / (performance.now() - started)) * 1000;
}

/** Begins something at an even rate, whatever becomes of the ones before, and gives how long each took, in milliseconds. */
export async function measureLatencies(
  count: number,
  perSecond: number,
  work: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const waits: Promise<number>[] = [];
  const started = performance.now();
  for (let number = 0; number < count; number++) {
    const due = started + (number / perSecond) * 1000;
    while (performance.now() < due)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now() - 1)));
    const from = performance.now();
    waits.push(work(number).then(() => performance.now() - from));
  }
  return Promise.all(waits);
}
