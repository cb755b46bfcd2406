import { extractSignature, type Signature } from '../features/extract.js';
import type { Plane } from '../features/plane.js';

/** Steps per unit of structure. Structure is clipped at 2, so it fits a signed byte. */
export const STRUCTURE_STEPS = 63;

/** One plane in signed bytes: a quarter of the memory, and integer arithmetic for the search over all references. */
export interface PackedPlane {
  readonly size: number;
  readonly data: Int8Array;
}

/** What is kept in memory of a reference: 21 KB of structure and 3 KB of colour. */
export interface ReferenceSignature {
  /** Structure at sides of 128, 64 and 32. */
  readonly levels: readonly [PackedPlane, PackedPlane, PackedPlane];
  /** Luma (less 128) and the colour differences, at a side of 32. */
  readonly colour: readonly [PackedPlane, PackedPlane, PackedPlane];
}

/** Computes the signature of a reference. Its captions, if it has any, are part of it. */
export function createReferenceSignature(rgb: Uint8Array): ReferenceSignature {
  return packSignature(extractSignature(rgb));
}

function packSignature({ levels, colour }: Signature): ReferenceSignature {
  const [fine, middle, coarse] = levels;
  const [luma, blue, red] = colour;
  return {
    levels: [
      pack(fine.structure, STRUCTURE_STEPS, 0),
      pack(middle.structure, STRUCTURE_STEPS, 0),
      pack(coarse.structure, STRUCTURE_STEPS, 0),
    ],
    colour: [pack(luma, 1, -128), pack(blue, 1, 0), pack(red, 1, 0)],
  };
}

/** Scales a plane to signed bytes. */
export function pack(plane: Plane, steps: number, shift: number): PackedPlane {
  const data = new Int8Array(plane.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(-127, Math.min(127, Math.round((plane.data[i]! + shift) * steps)));
  }
  return { size: plane.width, data };
}
