import { isOpen, loadOf, type Place } from './place.js';

/**
 * The least loaded of two random places: nearly as even as looking at all of them, without everybody running to the
 * same one. Only when the chosen one is full are the others looked at.
 */
export function choosePlace(
  places: readonly Place[],
  random: () => number,
  tried: readonly Place[],
): Place | undefined {
  const count = places.length;
  const first = count === 1 ? 0 : Math.floor(random() * count);
  const step = count < 2 ? 0 : 1 + Math.floor(random() * (count - 1));
  const a = places[first];
  const b = places[(first + step) % count];
  const best = better(usable(a, tried), usable(b, tried));
  if (best && loadOf(best) < 1) return best;
  return findFree(places, first, tried) ?? best;
}

/** The least loaded of all, beginning anywhere. */
function findFree(places: readonly Place[], start: number, tried: readonly Place[]): Place | undefined {
  let best: Place | undefined;
  for (let index = 0; index < places.length; index++)
    best = better(best, usable(places[(start + index) % places.length], tried));
  return best;
}

function usable(place: Place | undefined, tried: readonly Place[]): Place | undefined {
  return place && isOpen(place) && !tried.includes(place) ? place : undefined;
}

/** What others send to a runner shows only in its registered load: it breaks ties. */
function better(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (!a || !b) return a ?? b;
  const difference = loadOf(a) - loadOf(b);
  if (difference !== 0) return difference < 0 ? a : b;
  return registeredLoad(a) <= registeredLoad(b) ? a : b;
}

function registeredLoad({ runner }: Place): number {
  return runner.entry.load / runner.capacity;
}
