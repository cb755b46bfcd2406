import { findCaptionText, toWeights } from './caption-mask.js';
import { normaliseContrast } from './contrast.js';
import { createPlane, shrink, type Plane } from './plane.js';

/** Pictures are brought to this square before anything else: wide enough to tell thin letters from the scene. */
export const DECODED_SIZE = 384;
/** Side of the finest level of a signature. The others are a half and a quarter of it. */
export const FINE_SIZE = 128;

/** One resolution of a picture. */
export interface Level {
  /** Structure: locally normalised luma. */
  readonly structure: Plane;
  /** 1 where the picture counts, 0 under caption text. */
  readonly weights: Plane;
}

/** What is kept of a picture for comparing it. */
export interface Signature {
  /** Finest first: sides of 128, 64 and 32. */
  readonly levels: readonly [Level, Level, Level];
  /** Luma and the two colour differences, at the side of the coarsest level. */
  readonly colour: readonly [Plane, Plane, Plane];
  /** Whether there is no colour in it. */
  readonly isGrey: boolean;
}

/**
 * Computes the signature of a decoded picture.
 *
 * @param rgb - DECODED_SIZE × DECODED_SIZE pixels of three bytes
 * @param ignoreCaptions - whether caption text gets weight 0; off for pictures that are black lines on white throughout
 */
export function extractSignature(rgb: Uint8Array, ignoreCaptions: boolean): Signature {
  const [luma, blue, red] = splitChannels(rgb);
  const factor = DECODED_SIZE / FINE_SIZE;
  const fine = shrink(luma, factor);
  const weights = ignoreCaptions ? uncovered(luma, factor) : ones(FINE_SIZE);
  const levels = [
    createLevel(fine, weights, 1),
    createLevel(fine, weights, 2),
    createLevel(fine, weights, 4),
  ] as const;
  const coarse = levels[2].weights;
  const colour = [
    shrinkWeighted(fine, weights, coarse, 4),
    shrinkWeighted(shrink(blue, factor), weights, coarse, 4),
    shrinkWeighted(shrink(red, factor), weights, coarse, 4),
  ] as const;
  return { levels, colour, isGrey: meanSize(colour[1]) + meanSize(colour[2]) < 2 };
}

function splitChannels(rgb: Uint8Array): [Plane, Plane, Plane] {
  const planes: [Plane, Plane, Plane] = [
    createPlane(DECODED_SIZE, DECODED_SIZE),
    createPlane(DECODED_SIZE, DECODED_SIZE),
    createPlane(DECODED_SIZE, DECODED_SIZE),
  ];
  for (let i = 0, p = 0; i < DECODED_SIZE * DECODED_SIZE; i++, p += 3) {
    const r = rgb[p]!;
    const g = rgb[p + 1]!;
    const b = rgb[p + 2]!;
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[0].data[i] = luma;
    planes[1].data[i] = 0.564 * (b - luma);
    planes[2].data[i] = 0.713 * (r - luma);
  }
  return planes;
}

/** A cell touched by text more than a little says nothing about the scene. */
function uncovered(luma: Plane, factor: number): Plane {
  const weights = toWeights(findCaptionText(luma), luma.width, luma.height, factor);
  for (let i = 0; i < weights.data.length; i++) weights.data[i] = weights.data[i]! > 0.8 ? 1 : 0;
  return weights;
}

function ones(size: number): Plane {
  const plane = createPlane(size, size);
  plane.data.fill(1);
  return plane;
}

function createLevel(fine: Plane, fineWeights: Plane, factor: number): Level {
  if (factor === 1) return { structure: normaliseContrast(fine, fineWeights, 9), weights: fineWeights };
  const share = shrink(fineWeights, factor);
  const weights = createPlane(share.width, share.height);
  for (let i = 0; i < share.data.length; i++) weights.data[i] = share.data[i]! >= 0.4 ? 1 : 0;
  const luma = shrinkWeighted(fine, fineWeights, weights, factor);
  return { structure: normaliseContrast(luma, weights, factor === 2 ? 6 : 4), weights };
}

/** Means over the uncovered pixels of each cell; 0 in cells that do not count. */
function shrinkWeighted(source: Plane, weights: Plane, cellWeights: Plane, factor: number): Plane {
  const weighted = createPlane(source.width, source.height);
  for (let i = 0; i < source.data.length; i++) weighted.data[i] = source.data[i]! * weights.data[i]!;
  const sums = shrink(weighted, factor);
  const shares = shrink(weights, factor);
  for (let i = 0; i < sums.data.length; i++) {
    sums.data[i] = cellWeights.data[i]! === 0 ? 0 : sums.data[i]! / shares.data[i]!;
  }
  return sums;
}

function meanSize({ data }: Plane): number {
  return data.reduce((sum, value) => sum + Math.abs(value), 0) / data.length;
}
