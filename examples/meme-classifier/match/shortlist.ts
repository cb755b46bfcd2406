import type { Level, Signature } from '../features/extract.js';
import { STRUCTURE_STEPS, type ReferenceSignature } from './reference-signature.js';
import { START_WARPS, type Warp } from './warp.js';

/** A reference worth a closer look, and where the picture seems to lie in it. */
export interface Candidate<T> {
  readonly reference: T;
  readonly warp: Warp;
  /** Correlation of the coarse structure, -1 to 1. */
  readonly similarity: number;
}

/** The coarse structure of a picture laid over its reference, in signed bytes; `covered` is -1 (all bits set) where the picture is. */
interface Overlay {
  readonly warp: Warp;
  readonly values: Int8Array;
  readonly covered: Int8Array;
  readonly energy: number;
}

/**
 * Picks the references whose coarse structure resembles the picture under some crop, the likeliest first.
 *
 * Pixels of caption text and pixels that the crop removed take no part.
 */
export function shortlist<T extends { signature: ReferenceSignature }>(
  picture: Signature,
  references: readonly T[],
  count: number,
): Candidate<T>[] {
  const overlays = START_WARPS.map((warp) => layOver(picture.levels[2], warp));
  return references
    .map((reference) => compareAll(overlays, reference))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count);
}

function layOver(level: Level, warp: Warp): Overlay {
  const size = level.structure.width;
  const values = new Int8Array(size * size);
  const covered = new Int8Array(size * size);
  let energy = 0;
  for (let y = 0; y < size; y++) {
    const fromY = (((y + 0.5) / size - warp.top) / warp.height) * size - 0.5;
    for (let x = 0; x < size; x++) {
      const fromX = (((x + 0.5) / size - warp.left) / warp.width) * size - 0.5;
      const value = sample(level, fromX, fromY);
      if (Number.isNaN(value)) continue;
      const i = y * size + x;
      covered[i] = -1;
      values[i] = Math.round(value * STRUCTURE_STEPS);
      energy += values[i]! * values[i]!;
    }
  }
  return { warp, values, covered, energy };
}

/** Interpolates between the pixels that count; NaN where none of the nearest does. */
function sample({ structure, weights }: Level, x: number, y: number): number {
  const size = structure.width;
  if (x < -0.5 || y < -0.5 || x > size - 0.5 || y > size - 0.5) return NaN;
  const x0 = Math.max(0, Math.min(size - 2, Math.floor(x)));
  const y0 = Math.max(0, Math.min(size - 2, Math.floor(y)));
  const fx = Math.max(0, Math.min(1, x - x0));
  const fy = Math.max(0, Math.min(1, y - y0));
  let sum = 0;
  let total = 0;
  for (let n = 0; n < 4; n++) {
    const i = (y0 + (n >> 1)) * size + x0 + (n & 1);
    const share = (n & 1 ? fx : 1 - fx) * (n >> 1 ? fy : 1 - fy) * weights.data[i]!;
    sum += share * structure.data[i]!;
    total += share;
  }
  return total < 0.5 ? NaN : sum / total;
}

function compareAll<T extends { signature: ReferenceSignature }>(
  overlays: Overlay[],
  reference: T,
): Candidate<T> {
  const structure = reference.signature.levels[2].data;
  let similarity = -1;
  let warp = overlays[0]!.warp;
  for (const overlay of overlays) {
    const value = correlate(overlay, structure);
    if (value <= similarity) continue;
    similarity = value;
    warp = overlay.warp;
  }
  return { reference, warp, similarity };
}

/** Integer arithmetic throughout: this loop runs 25 times for every reference. */
function correlate({ values, covered, energy }: Overlay, structure: Int8Array): number {
  let product = 0;
  let referenceEnergy = 0;
  for (let i = 0; i < values.length; i++) {
    const r = structure[i]! & covered[i]!;
    product = (product + Math.imul(values[i]!, r)) | 0;
    referenceEnergy = (referenceEnergy + Math.imul(r, r)) | 0;
  }
  return product / (Math.sqrt(energy * referenceEnergy) + 1e4);
}
