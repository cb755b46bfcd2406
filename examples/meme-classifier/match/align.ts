import type { Level, Signature } from '../features/extract.js';
import { STRUCTURE_STEPS, type PackedPlane, type ReferenceSignature } from './reference-signature.js';
import { solveSymmetric } from './solve.js';
import type { Warp } from './warp.js';

/** A level of a signature: sides of 128, 64 and 32. */
export type LevelIndex = 0 | 1 | 2;

/** Rounds of improvement at each level. */
const ROUNDS = [4, 4, 6] as const;
/** A difference in structure beyond this says "something else is here" and pulls on the alignment less and less. */
const OUTLIER = 0.7;
/** Distance between the pixels looked at: the finest level has more than enough of them. */
const STRIDES = [2, 1, 1] as const;

/**
 * Moves and scales a picture until it lies on its reference as well as it can at one level (Lucas and Kanade's method with
 * robust weights). A picture that does not belong there ends somewhere; `verify` tells.
 */
export function align(
  picture: Signature,
  reference: ReferenceSignature,
  start: Warp,
  level: LevelIndex,
): Warp {
  let warp = start;
  for (let round = 0; round < ROUNDS[level]; round++) {
    const next = improve(picture.levels[level], reference.levels[level], warp, STRIDES[level]);
    if (!next || !isPlausible(next)) return warp;
    warp = next;
  }
  return warp;
}

function isPlausible({ left, top, width, height }: Warp): boolean {
  const inRange = (value: number, low: number, high: number): boolean => value >= low && value <= high;
  return (
    inRange(left, -0.3, 0.4) &&
    inRange(top, -0.3, 0.4) &&
    inRange(width, 0.55, 1.4) &&
    inRange(height, 0.55, 1.4)
  );
}

/**
 * One step of robust least squares over left, width, top and height.
 *
 * The ten sums of the normal equations are plain variables: this is the innermost loop of the whole search, and arrays made it
 * three times slower.
 */
function improve(level: Level, reference: PackedPlane, warp: Warp, stride: number): Warp | undefined {
  const { size, data } = reference;
  const structure = level.structure.data;
  const weights = level.weights.data;
  const toSlope = size / STRUCTURE_STEPS;
  let xx = 0, xux = 0, xuux = 0, xy = 0, xvy = 0, xuy = 0, xuvy = 0, yy = 0, yvy = 0, yvvy = 0; // prettier-ignore
  let ex = 0, eux = 0, ey = 0, evy = 0; // prettier-ignore
  for (let y = 0; y < size; y += stride) {
    const v = (y + 0.5) / size;
    const ry = (warp.top + warp.height * v) * size - 0.5;
    if (ry < 0 || ry >= size - 1) continue;
    const y0 = Math.floor(ry);
    const fy = ry - y0;
    for (let x = 0; x < size; x += stride) {
      const i = y * size + x;
      if (weights[i] === 0) continue;
      const u = (x + 0.5) / size;
      const rx = (warp.left + warp.width * u) * size - 0.5;
      if (rx < 0 || rx >= size - 1) continue;
      const x0 = Math.floor(rx);
      const fx = rx - x0;
      const at = y0 * size + x0;
      const a = data[at]!;
      const c = data[at + size]!;
      const right = data[at + 1]! - a;
      const rightBelow = data[at + size + 1]! - c;
      const upper = a + right * fx;
      const down = c + rightBelow * fx - upper;
      const gx = (right + (rightBelow - right) * fy) * toSlope;
      const gy = down * toSlope;
      const error = structure[i]! - (upper + down * fy) / STRUCTURE_STEPS;
      const ratio = error / OUTLIER;
      const spread = 1 + ratio * ratio;
      const trust = 1 / (spread * spread);
      const tx = trust * gx;
      const ty = trust * gy;
      const txx = tx * gx;
      const txy = tx * gy;
      const tyy = ty * gy;
      xx += txx;
      xux += txx * u;
      xuux += txx * u * u;
      xy += txy;
      xvy += txy * v;
      xuy += txy * u;
      xuvy += txy * u * v;
      yy += tyy;
      yvy += tyy * v;
      yvvy += tyy * v * v;
      ex += tx * error;
      eux += tx * error * u;
      ey += ty * error;
      evy += ty * error * v;
    }
  }
  // Unknowns in the order left, width, top, height; only the upper triangle is read.
  const matrix = [xx, xux, xy, xvy, 0, xuux, xuy, xuvy, 0, 0, yy, yvy, 0, 0, 0, yvvy];
  const change = solveSymmetric(Float64Array.from(matrix), Float64Array.of(ex, eux, ey, evy));
  if (!change) return undefined;
  return {
    left: warp.left + change[0]!,
    width: warp.width + change[1]!,
    top: warp.top + change[2]!,
    height: warp.height + change[3]!,
  };
}
