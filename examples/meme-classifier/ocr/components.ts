/** Grey pixels, row by row, 0 to 255. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A connected patch of bright pixels. */
export interface Component {
  readonly id: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  area: number;
  /** Sum of the brightness of its pixels. */
  brightness: number;
  /** Brightness of its brightest pixel. */
  brightest: number;
  /** Pixels on its rim, and how many of them have darkness next to them. */
  rim: number;
  darkRim: number;
}

/** Every bright patch of an image; `labels` holds the id of the patch at each pixel, 0 for none. */
export interface Components {
  readonly labels: Int32Array;
  readonly list: Component[];
}

const DARK = 110;

/** Finds connected patches of pixels at least as bright as `threshold`. */
export function findComponents(image: GreyImage, threshold: number, rimReach: number): Components {
  const { width, height, data } = image;
  const labels = new Int32Array(width * height);
  const darkest = minimumFilter(image, rimReach);
  const list: Component[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (labels[start] !== 0 || data[start]! < threshold) continue;
    const component = createComponent(list.length + 1);
    list.push(component);
    labels[start] = component.id;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      include(component, x, y, data[at]!);
      let isRim = false;
      for (let n = 0; n < 4; n++) {
        const nx = x + (n === 0 ? 1 : n === 1 ? -1 : 0);
        const ny = y + (n === 2 ? 1 : n === 3 ? -1 : 0);
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = ny * width + nx;
        if (data[next]! < threshold) isRim = true;
        else if (labels[next] === 0) {
          labels[next] = component.id;
          stack.push(next);
        }
      }
      if (!isRim) continue;
      component.rim++;
      if (darkest[at]! < DARK) component.darkRim++;
    }
  }
  return { labels, list };
}

function createComponent(id: number): Component {
  return {
    id,
    left: Infinity,
    top: Infinity,
    right: -1,
    bottom: -1,
    area: 0,
    brightness: 0,
    brightest: 0,
    rim: 0,
    darkRim: 0,
  };
}

function include(component: Component, x: number, y: number, brightness: number): void {
  component.left = Math.min(component.left, x);
  component.right = Math.max(component.right, x);
  component.top = Math.min(component.top, y);
  component.bottom = Math.max(component.bottom, y);
  component.area++;
  component.brightness += brightness;
  component.brightest = Math.max(component.brightest, brightness);
}

/** The darkest value within `reach` pixels, along rows and then along columns. */
function minimumFilter({ width, height, data }: GreyImage, reach: number): Uint8Array {
  const across = new Uint8Array(data.length);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) minimumAlong(data, across, y * width, 1, width, reach);
  for (let x = 0; x < width; x++) minimumAlong(across, result, x, width, height, reach);
  return result;
}

function minimumAlong(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  count: number,
  reach: number,
): void {
  for (let i = 0; i < count; i++) {
    let least = 255;
    const last = Math.min(count - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= last; j++) least = Math.min(least, from[start + j * step]!);
    to[start + i * step] = least;
  }
}
