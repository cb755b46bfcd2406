/** A picture of one channel, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A plane of zeros. */
export function createPlane(width: number, height: number): Plane {
  return { width, height, data: new Float32Array(width * height) };
}

/** Shrinks by a whole factor; every new value is the mean of the square it replaces. */
export function shrink(source: Plane, factor: number): Plane {
  const width = Math.floor(source.width / factor);
  const height = Math.floor(source.height / factor);
  const result = createPlane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        const row = (y * factor + dy) * source.width + x * factor;
        for (let dx = 0; dx < factor; dx++) sum += source.data[row + dx]!;
      }
      result.data[y * width + x] = sum / (factor * factor);
    }
  }
  return result;
}

/** The sum over a square of `2 * radius + 1` around each pixel, cut off at the edges. */
export function boxSum(source: Plane, radius: number): Plane {
  const across = createPlane(source.width, source.height);
  const result = createPlane(source.width, source.height);
  for (let y = 0; y < source.height; y++) {
    slide(source.data, across.data, y * source.width, 1, source.width, radius);
  }
  for (let x = 0; x < source.width; x++)
    slide(across.data, result.data, x, source.width, source.height, radius);
  return result;
}

/** A sliding sum along one row or column: each step adds the value that enters and drops the one that leaves. */
function slide(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  count: number,
  radius: number,
): void {
  let sum = 0;
  for (let i = 0; i < Math.min(radius, count); i++) sum += from[start + i * step]!;
  for (let i = 0; i < count; i++) {
    if (i + radius < count) sum += from[start + (i + radius) * step]!;
    if (i - radius > 0) sum -= from[start + (i - radius - 1) * step]!;
    to[start + i * step] = sum;
  }
}
