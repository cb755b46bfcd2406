/**
 * Where a picture lies inside its reference: a point at (x, y) of the picture, both 0 to 1, is at
 * (`left + width * x`, `top + height * y`) of the reference. A picture cropped by a tenth on the left has `left` 0.1, `width` 0.9.
 */
export interface Warp {
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
}

/** Crops of one axis that the search starts from, as [cut off at the start, cut off at the end]. Alignment does the rest. */
const CROPS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.05, 0.05],
  [0.1, 0.1],
  [0, 0.1],
  [0.1, 0],
];

/** Where a picture may lie in its reference, to begin with. */
export const START_WARPS: readonly Warp[] = CROPS.flatMap(([left, right]) =>
  CROPS.map(([top, bottom]) => ({ left, width: 1 - left - right, top, height: 1 - top - bottom })),
);
