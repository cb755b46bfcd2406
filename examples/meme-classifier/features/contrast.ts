import { boxSum, createPlane, type Plane } from './plane.js';

/** Grey levels of noise (JPEG blocks, grain) that must not be blown up to full contrast. */
const NOISE_LEVEL = 6;
const CLIP = 2;

/**
 * Brings out structure whatever the exposure: every pixel becomes its distance from the local mean in units of the
 * local spread, clipped. Pixels of weight 0 (caption text) neither get a value nor influence their neighbours.
 */
export function normaliseContrast(source: Plane, weights: Plane, radius: number): Plane {
  const { width, height } = source;
  const weighted = createPlane(width, height);
  const squared = createPlane(width, height);
  for (let i = 0; i < source.data.length; i++) {
    const value = source.data[i]! * weights.data[i]!;
    weighted.data[i] = value;
    squared.data[i] = value * source.data[i]!;
  }
  const total = boxSum(weights, radius).data;
  const sums = boxSum(weighted, radius).data;
  const squares = boxSum(squared, radius).data;
  const result = createPlane(width, height);
  for (let i = 0; i < source.data.length; i++) {
    if (weights.data[i]! === 0 || total[i]! < 1) continue;
    const mean = sums[i]! / total[i]!;
    const spread = Math.sqrt(Math.max(0, squares[i]! / total[i]! - mean * mean));
    const value = (source.data[i]! - mean) / (spread + NOISE_LEVEL);
    result.data[i] = Math.max(-CLIP, Math.min(CLIP, value));
  }
  return result;
}
