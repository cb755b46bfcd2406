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

/** A picture to be recognised, seen in two ways. */
export interface PictureViews {
  /** Caption text has weight 0. */
  readonly uncaptioned: Signature;
  /** Everything counts: what looks like lettering may be the drawing itself. */
  readonly plain: Signature;
}

/** Computes both views of a decoded picture: DECODED_SIZE × DECODED_SIZE pixels of three bytes. */
export function extractViews(rgb: Uint8Array): PictureViews {
  const channels = splitChannels(rgb);
  const weights = findUncovered(channels.luma);
  return {
    uncaptioned: createSignature(channels, weights),
    plain: createSignature(channels, ones(FINE_SIZE)),
  };
}

/** Computes the plain signature of a decoded picture. */
export function extractSignature(rgb: Uint8Array): Signature {
  return createSignature(splitChannels(rgb), ones(FINE_SIZE));
}

/** Luma at full size for finding text; the rest at FINE_SIZE. */
interface Channels {
  luma: Plane;
  fine: Plane;
  blue: Plane;
  red: Plane;
}

function createSignature({ fine, blue, red }: Channels, weights: Plane): Signature {
  const levels = [
    createLevel(fine, weights, 1),
    createLevel(fine, weights, 2),
    createLevel(fine, weights, 4),
  ] as const;
  const coarse = levels[2].weights;
  const colour = [
    shrinkWeighted(fine, weights, coarse, 4),
    shrinkWeighted(blue, weights, coarse, 4),
    shrinkWeighted(red, weights, coarse, 4),
  ] as const;
  return { levels, colour, isGrey: meanSize(colour[1]) + meanSize(colour[2]) < 2 };
}

function splitChannels(rgb: Uint8Array): Channels {
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
  const factor = DECODED_SIZE / FINE_SIZE;
  const [luma, blue, red] = planes;
  return { luma, fine: shrink(luma, factor), blue: shrink(blue, factor), red: shrink(red, factor) };
}

/** A cell touched by text more than a little says nothing about the scene. */
function findUncovered(luma: Plane): Plane {
  const weights = toWeights(findCaptionText(luma), luma.width, luma.height, DECODED_SIZE / FINE_SIZE);
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
