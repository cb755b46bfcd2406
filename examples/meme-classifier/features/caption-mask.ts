import { createPlane, type Plane } from './plane.js';

const BRIGHT = 200;
const DARK = 90;
/** Letters are drawn with strokes up to this share of the picture's width or height. */
const MAX_STROKE = 0.045;
/** How far the outline may be blurred away from the fill, as a share of the picture. */
const MAX_EDGE = 0.012;

/**
 * Finds what looks like caption text: white strokes between dark outlines.
 *
 * A white pixel counts when the white run through it, across or down, is short and has darkness at both ends. Wide
 * white areas (a sky, the background of a comic) do not. The result is 1 where there is text, outlines included.
 */
export function findCaptionText(luma: Plane): Uint8Array {
  const { width, height } = luma;
  const text = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) markRuns(luma.data, text, y * width, 1, width);
  for (let x = 0; x < width; x++) markRuns(luma.data, text, x, width, height);
  return dilate(text, width, height, Math.ceil(width * MAX_EDGE));
}

function markRuns(luma: Float32Array, text: Uint8Array, start: number, step: number, count: number): void {
  const longest = Math.ceil(count * MAX_STROKE);
  const edge = Math.ceil(count * MAX_EDGE);
  let i = 0;
  while (i < count) {
    if (luma[start + i * step]! < BRIGHT) {
      i++;
      continue;
    }
    const first = i;
    while (i < count && luma[start + i * step]! >= BRIGHT) i++;
    if (i - first > longest) continue;
    if (!isDarkNear(luma, start, step, count, first - 1, -1, edge)) continue;
    if (!isDarkNear(luma, start, step, count, i, 1, edge)) continue;
    for (let j = first; j < i; j++) text[start + j * step] = 1;
  }
}

function isDarkNear(
  luma: Float32Array,
  start: number,
  step: number,
  count: number,
  from: number,
  direction: number,
  reach: number,
): boolean {
  for (let n = 0; n < reach; n++) {
    const i = from + n * direction;
    if (i < 0 || i >= count) return false;
    if (luma[start + i * step]! <= DARK) return true;
  }
  return false;
}

function dilate(mask: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  const across = new Uint8Array(mask.length);
  const result = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) spread(mask, across, y * width, 1, width, radius);
  for (let x = 0; x < width; x++) spread(across, result, x, width, height, radius);
  return result;
}

function spread(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  count: number,
  radius: number,
): void {
  let until = -1;
  for (let i = -radius; i < count; i++) {
    if (i + radius < count && from[start + (i + radius) * step]) until = i + 2 * radius;
    if (i >= 0 && i <= until) to[start + i * step] = 1;
  }
}

/** Shrinks a mask to the share of every cell that is NOT covered. */
export function toWeights(mask: Uint8Array, width: number, height: number, factor: number): Plane {
  const weights = createPlane(Math.floor(width / factor), Math.floor(height / factor));
  for (let y = 0; y < weights.height; y++) {
    for (let x = 0; x < weights.width; x++) {
      let covered = 0;
      for (let dy = 0; dy < factor; dy++) {
        for (let dx = 0; dx < factor; dx++) covered += mask[(y * factor + dy) * width + x * factor + dx]!;
      }
      weights.data[y * weights.width + x] = 1 - covered / (factor * factor);
    }
  }
  return weights;
}
