// bench/evaluate.ts
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

// scripts/random.ts
function createRandom(seed2) {
  let state = seed2 >>> 0;
  const next = () => {
    state = state + 1831565813 >>> 0;
    let t = state;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  return Object.assign(next, {
    between: (low, high) => low + (high - low) * next(),
    integer: (low, high) => Math.floor(low + (high - low + 1) * next()),
    pick: (items) => items[Math.floor(next() * items.length)]
  });
}

// image/decode-square.ts
import sharp from "sharp";

// features/plane.ts
function createPlane(width, height) {
  return { width, height, data: new Float32Array(width * height) };
}
function shrink(source, factor) {
  const width = Math.floor(source.width / factor);
  const height = Math.floor(source.height / factor);
  const result = createPlane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        const row = (y * factor + dy) * source.width + x * factor;
        for (let dx = 0; dx < factor; dx++) sum += source.data[row + dx];
      }
      result.data[y * width + x] = sum / (factor * factor);
    }
  }
  return result;
}
function boxSum(source, radius) {
  const across = createPlane(source.width, source.height);
  const result = createPlane(source.width, source.height);
  for (let y = 0; y < source.height; y++) {
    slide(source.data, across.data, y * source.width, 1, source.width, radius);
  }
  for (let x = 0; x < source.width; x++)
    slide(across.data, result.data, x, source.width, source.height, radius);
  return result;
}
function slide(from, to, start, step, count, radius) {
  let sum = 0;
  for (let i = 0; i < Math.min(radius, count); i++) sum += from[start + i * step];
  for (let i = 0; i < count; i++) {
    if (i + radius < count) sum += from[start + (i + radius) * step];
    if (i - radius > 0) sum -= from[start + (i - radius - 1) * step];
    to[start + i * step] = sum;
  }
}

// features/caption-mask.ts
var BRIGHT = 200;
var DARK = 90;
var MAX_STROKE = 0.045;
var MAX_EDGE = 0.012;
function findCaptionText(luma) {
  const { width, height } = luma;
  const text = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) markRuns(luma.data, text, y * width, 1, width);
  for (let x = 0; x < width; x++) markRuns(luma.data, text, x, width, height);
  return dilate(text, width, height, Math.ceil(width * MAX_EDGE));
}
function markRuns(luma, text, start, step, count) {
  const longest = Math.ceil(count * MAX_STROKE);
  const edge = Math.ceil(count * MAX_EDGE);
  let i = 0;
  while (i < count) {
    if (luma[start + i * step] < BRIGHT) {
      i++;
      continue;
    }
    const first = i;
    while (i < count && luma[start + i * step] >= BRIGHT) i++;
    if (i - first > longest) continue;
    if (!isDarkNear(luma, start, step, count, first - 1, -1, edge)) continue;
    if (!isDarkNear(luma, start, step, count, i, 1, edge)) continue;
    for (let j = first; j < i; j++) text[start + j * step] = 1;
  }
}
function isDarkNear(luma, start, step, count, from, direction, reach) {
  for (let n = 0; n < reach; n++) {
    const i = from + n * direction;
    if (i < 0 || i >= count) return false;
    if (luma[start + i * step] <= DARK) return true;
  }
  return false;
}
function dilate(mask, width, height, radius) {
  const across = new Uint8Array(mask.length);
  const result = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) spread(mask, across, y * width, 1, width, radius);
  for (let x = 0; x < width; x++) spread(across, result, x, width, height, radius);
  return result;
}
function spread(from, to, start, step, count, radius) {
  let until = -1;
  for (let i = -radius; i < count; i++) {
    if (i + radius < count && from[start + (i + radius) * step]) until = i + 2 * radius;
    if (i >= 0 && i <= until) to[start + i * step] = 1;
  }
}
function toWeights(mask, width, height, factor) {
  const weights = createPlane(Math.floor(width / factor), Math.floor(height / factor));
  for (let y = 0; y < weights.height; y++) {
    for (let x = 0; x < weights.width; x++) {
      let covered = 0;
      for (let dy = 0; dy < factor; dy++) {
        for (let dx = 0; dx < factor; dx++) covered += mask[(y * factor + dy) * width + x * factor + dx];
      }
      weights.data[y * weights.width + x] = 1 - covered / (factor * factor);
    }
  }
  return weights;
}

// features/contrast.ts
var NOISE_LEVEL = 6;
var CLIP = 2;
function normaliseContrast(source, weights, radius) {
  const { width, height } = source;
  const weighted = createPlane(width, height);
  const squared = createPlane(width, height);
  for (let i = 0; i < source.data.length; i++) {
    const value = source.data[i] * weights.data[i];
    weighted.data[i] = value;
    squared.data[i] = value * source.data[i];
  }
  const total = boxSum(weights, radius).data;
  const sums = boxSum(weighted, radius).data;
  const squares = boxSum(squared, radius).data;
  const result = createPlane(width, height);
  for (let i = 0; i < source.data.length; i++) {
    if (weights.data[i] === 0 || total[i] < 1) continue;
    const mean = sums[i] / total[i];
    const spread2 = Math.sqrt(Math.max(0, squares[i] / total[i] - mean * mean));
    const value = (source.data[i] - mean) / (spread2 + NOISE_LEVEL);
    result.data[i] = Math.max(-CLIP, Math.min(CLIP, value));
  }
  return result;
}

// features/extract.ts
var DECODED_SIZE = 384;
var FINE_SIZE = 128;
function extractViews(rgb) {
  const channels = splitChannels(rgb);
  const weights = findUncovered(channels.luma);
  return {
    uncaptioned: createSignature(channels, weights),
    plain: createSignature(channels, ones(FINE_SIZE))
  };
}
function extractSignature(rgb) {
  return createSignature(splitChannels(rgb), ones(FINE_SIZE));
}
function createSignature({ fine, blue, red }, weights) {
  const levels = [
    createLevel(fine, weights, 1),
    createLevel(fine, weights, 2),
    createLevel(fine, weights, 4)
  ];
  const coarse = levels[2].weights;
  const colour2 = [
    shrinkWeighted(fine, weights, coarse, 4),
    shrinkWeighted(blue, weights, coarse, 4),
    shrinkWeighted(red, weights, coarse, 4)
  ];
  return { levels, colour: colour2, isGrey: meanSize(colour2[1]) + meanSize(colour2[2]) < 2 };
}
function splitChannels(rgb) {
  const planes = [
    createPlane(DECODED_SIZE, DECODED_SIZE),
    createPlane(DECODED_SIZE, DECODED_SIZE),
    createPlane(DECODED_SIZE, DECODED_SIZE)
  ];
  for (let i = 0, p = 0; i < DECODED_SIZE * DECODED_SIZE; i++, p += 3) {
    const r = rgb[p];
    const g = rgb[p + 1];
    const b = rgb[p + 2];
    const luma2 = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[0].data[i] = luma2;
    planes[1].data[i] = 0.564 * (b - luma2);
    planes[2].data[i] = 0.713 * (r - luma2);
  }
  const factor = DECODED_SIZE / FINE_SIZE;
  const [luma, blue, red] = planes;
  return { luma, fine: shrink(luma, factor), blue: shrink(blue, factor), red: shrink(red, factor) };
}
function findUncovered(luma) {
  const weights = toWeights(findCaptionText(luma), luma.width, luma.height, DECODED_SIZE / FINE_SIZE);
  for (let i = 0; i < weights.data.length; i++) weights.data[i] = weights.data[i] > 0.8 ? 1 : 0;
  return weights;
}
function ones(size) {
  const plane = createPlane(size, size);
  plane.data.fill(1);
  return plane;
}
function createLevel(fine, fineWeights, factor) {
  if (factor === 1) return { structure: normaliseContrast(fine, fineWeights, 9), weights: fineWeights };
  const share2 = shrink(fineWeights, factor);
  const weights = createPlane(share2.width, share2.height);
  for (let i = 0; i < share2.data.length; i++) weights.data[i] = share2.data[i] >= 0.4 ? 1 : 0;
  const luma = shrinkWeighted(fine, fineWeights, weights, factor);
  return { structure: normaliseContrast(luma, weights, factor === 2 ? 6 : 4), weights };
}
function shrinkWeighted(source, weights, cellWeights, factor) {
  const weighted = createPlane(source.width, source.height);
  for (let i = 0; i < source.data.length; i++) weighted.data[i] = source.data[i] * weights.data[i];
  const sums = shrink(weighted, factor);
  const shares = shrink(weights, factor);
  for (let i = 0; i < sums.data.length; i++) {
    sums.data[i] = cellWeights.data[i] === 0 ? 0 : sums.data[i] / shares.data[i];
  }
  return sums;
}
function meanSize({ data }) {
  return data.reduce((sum, value) => sum + Math.abs(value), 0) / data.length;
}

// image/decode-square.ts
var MAX_PIXELS = 5e7;
async function decodeSquare(bytes) {
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: "error" }).rotate().flatten({ background: "#fff" }).toColourspace("srgb").resize(DECODED_SIZE, DECODED_SIZE, { fit: "fill" }).raw().toBuffer();
}

// match/reference-signature.ts
var STRUCTURE_STEPS = 63;
function createReferenceSignature(rgb) {
  return packSignature(extractSignature(rgb));
}
function packSignature({ levels, colour: colour2 }) {
  const [fine, middle, coarse] = levels;
  const [luma, blue, red] = colour2;
  return {
    levels: [
      pack(fine.structure, STRUCTURE_STEPS, 0),
      pack(middle.structure, STRUCTURE_STEPS, 0),
      pack(coarse.structure, STRUCTURE_STEPS, 0)
    ],
    colour: [pack(luma, 1, -128), pack(blue, 1, 0), pack(red, 1, 0)]
  };
}
function pack(plane, steps, shift) {
  const data = new Int8Array(plane.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.max(-127, Math.min(127, Math.round((plane.data[i] + shift) * steps)));
  }
  return { size: plane.width, data };
}

// match/solve.ts
function solveSymmetric(matrix, vector) {
  const n = vector.length;
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[j * n + i];
      if (i === j) sum *= 1.0001;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k] * lower[j * n + k];
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j];
      else if (sum <= 1e-9) return void 0;
      else lower[i * n + i] = Math.sqrt(sum);
    }
  }
  const result = new Float64Array(vector);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) result[i] -= lower[i * n + k] * result[k];
    result[i] /= lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) result[i] -= lower[k * n + i] * result[k];
    result[i] /= lower[i * n + i];
  }
  return result;
}

// match/align.ts
var ROUNDS = [4, 4, 6];
var OUTLIER = 0.7;
var STRIDES = [2, 1, 1];
function align(picture, reference, start, level) {
  let warp = start;
  for (let round = 0; round < ROUNDS[level]; round++) {
    const next = improve(picture.levels[level], reference.levels[level], warp, STRIDES[level]);
    if (!next || !isPlausible(next)) return warp;
    warp = next;
  }
  return warp;
}
function isPlausible({ left, top, width, height }) {
  const inRange = (value, low, high) => value >= low && value <= high;
  return inRange(left, -0.3, 0.4) && inRange(top, -0.3, 0.4) && inRange(width, 0.55, 1.4) && inRange(height, 0.55, 1.4);
}
function improve(level, reference, warp, stride) {
  const { size, data } = reference;
  const structure = level.structure.data;
  const weights = level.weights.data;
  const toSlope = size / STRUCTURE_STEPS;
  let xx = 0, xux = 0, xuux = 0, xy = 0, xvy = 0, xuy = 0, xuvy = 0, yy = 0, yvy = 0, yvvy = 0;
  let ex = 0, eux = 0, ey = 0, evy = 0;
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
      const a = data[at];
      const c = data[at + size];
      const right = data[at + 1] - a;
      const rightBelow = data[at + size + 1] - c;
      const upper = a + right * fx;
      const down = c + rightBelow * fx - upper;
      const gx = (right + (rightBelow - right) * fy) * toSlope;
      const gy = down * toSlope;
      const error = structure[i] - (upper + down * fy) / STRUCTURE_STEPS;
      const ratio = error / OUTLIER;
      const spread2 = 1 + ratio * ratio;
      const trust = 1 / (spread2 * spread2);
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
  const matrix = [xx, xux, xy, xvy, 0, xuux, xuy, xuvy, 0, 0, yy, yvy, 0, 0, 0, yvvy];
  const change = solveSymmetric(Float64Array.from(matrix), Float64Array.of(ex, eux, ey, evy));
  if (!change) return void 0;
  return {
    left: warp.left + change[0],
    width: warp.width + change[1],
    top: warp.top + change[2],
    height: warp.height + change[3]
  };
}

// match/warp.ts
var CROPS = [
  [0, 0],
  [0.05, 0.05],
  [0.1, 0.1],
  [0, 0.1],
  [0.1, 0]
];
var START_WARPS = CROPS.flatMap(
  ([left, right]) => CROPS.map(([top, bottom]) => ({ left, width: 1 - left - right, top, height: 1 - top - bottom }))
);

// match/shortlist.ts
function shortlist(picture, references2, count) {
  const overlays = START_WARPS.map((warp) => layOver(picture.levels[2], warp));
  return references2.map((reference) => compareAll(overlays, reference)).sort((a, b) => b.similarity - a.similarity).slice(0, count);
}
function layOver(level, warp) {
  const size = level.structure.width;
  const values = new Int8Array(size * size);
  const covered = new Int8Array(size * size);
  let energy = 0;
  for (let y = 0; y < size; y++) {
    const fromY = ((y + 0.5) / size - warp.top) / warp.height * size - 0.5;
    for (let x = 0; x < size; x++) {
      const fromX = ((x + 0.5) / size - warp.left) / warp.width * size - 0.5;
      const value = sample(level, fromX, fromY);
      if (Number.isNaN(value)) continue;
      const i = y * size + x;
      covered[i] = -1;
      values[i] = Math.round(value * STRUCTURE_STEPS);
      energy += values[i] * values[i];
    }
  }
  return { warp, values, covered, energy };
}
function sample({ structure, weights }, x, y) {
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
    const share2 = (n & 1 ? fx : 1 - fx) * (n >> 1 ? fy : 1 - fy) * weights.data[i];
    sum += share2 * structure.data[i];
    total += share2;
  }
  return total < 0.5 ? NaN : sum / total;
}
function compareAll(overlays, reference) {
  const structure = reference.signature.levels[2].data;
  let similarity = -1;
  let warp = overlays[0].warp;
  for (const overlay of overlays) {
    const value = correlate(overlay, structure);
    if (value <= similarity) continue;
    similarity = value;
    warp = overlay.warp;
  }
  return { reference, warp, similarity };
}
function correlate({ values, covered, energy }, structure) {
  let product = 0;
  let referenceEnergy = 0;
  for (let i = 0; i < values.length; i++) {
    const r = structure[i] & covered[i];
    product = product + Math.imul(values[i], r) | 0;
    referenceEnergy = referenceEnergy + Math.imul(r, r) | 0;
  }
  return product / (Math.sqrt(energy * referenceEnergy) + 1e4);
}

// match/verify.ts
var BLOCKS = 8;
var LEAST_SHARE = 0.15;
var FULL_ENERGY = 0.35;
var PLAIN_INFORMATION = 0.12;
function verify({ uncaptioned, plain }, reference, warp, level) {
  const ignoring = compareBlocks(uncaptioned, reference, warp, level);
  const whole = compareBlocks(plain, reference, warp, level);
  let agreed = 0;
  let evidence = 0;
  for (const [n, judged] of ignoring.entries()) {
    const best = whole[n].match > judged.match ? whole[n] : judged;
    evidence += best.information;
    agreed += best.information * best.match;
  }
  return { agreement: evidence === 0 ? 0 : agreed / evidence, evidence };
}
function compareBlocks(picture, reference, warp, level) {
  const blocks = Array.from({ length: BLOCKS * BLOCKS }, createBlock);
  addStructure(blocks, picture, reference, warp, level);
  addColour(blocks, picture, reference, warp);
  const full = (reference.levels[level].size / BLOCKS) ** 2;
  return blocks.map((block) => judge(block, block.pixels / full));
}
function judge(block, share2) {
  if (share2 < LEAST_SHARE) return { information: 0, match: 0 };
  const energy = (block.own + block.other) / 2 / block.pixels;
  const telling = Math.min(1, energy / FULL_ENERGY);
  const similarity = energy === 0 ? 0 : block.product / block.pixels / energy;
  const structure = ramp(similarity, 0.25, 0.7);
  const distance = block.colourPixels === 0 ? 0 : block.colourDistance / block.colourPixels;
  const colour2 = 1 - ramp(distance, 14, 60);
  const plain = PLAIN_INFORMATION * (1 - telling);
  return {
    information: (telling + plain) * Math.min(1, share2 * 2),
    match: (telling * structure * (0.4 + 0.6 * colour2) + plain * colour2) / (telling + plain)
  };
}
function ramp(value, low, high) {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}
function createBlock() {
  return { pixels: 0, own: 0, other: 0, product: 0, colourPixels: 0, colourDistance: 0 };
}
function addStructure(blocks, picture, reference, warp, level) {
  const { structure, weights } = picture.levels[level];
  const { size, data } = reference.levels[level];
  const side = size / BLOCKS;
  for (let y = 0; y < size; y++) {
    const ry = (warp.top + warp.height * (y + 0.5) / size) * size - 0.5;
    if (ry < 0 || ry >= size - 1) continue;
    const y0 = Math.floor(ry);
    const fy = ry - y0;
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      if (weights.data[i] === 0) continue;
      const rx = (warp.left + warp.width * (x + 0.5) / size) * size - 0.5;
      if (rx < 0 || rx >= size - 1) continue;
      const x0 = Math.floor(rx);
      const fx = rx - x0;
      const at = y0 * size + x0;
      const upper = data[at] * (1 - fx) + data[at + 1] * fx;
      const lower = data[at + size] * (1 - fx) + data[at + size + 1] * fx;
      const other = (upper * (1 - fy) + lower * fy) / STRUCTURE_STEPS;
      const own = structure.data[i];
      const block = blocks[Math.floor(y / side) * BLOCKS + Math.floor(x / side)];
      block.pixels++;
      block.own += own * own;
      block.other += other * other;
      block.product += own * other;
    }
  }
}
function addColour(blocks, picture, reference, warp) {
  const { weights } = picture.levels[2];
  const [luma, blue, red] = picture.colour;
  const size = weights.width;
  const side = size / BLOCKS;
  const nearest = (place) => Math.floor(place * size);
  const chroma = picture.isGrey ? 0 : 1;
  for (let y = 0; y < size; y++) {
    const ry = nearest(warp.top + warp.height * (y + 0.5) / size);
    if (ry < 0 || ry >= size) continue;
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      const rx = nearest(warp.left + warp.width * (x + 0.5) / size);
      if (weights.data[i] === 0 || rx < 0 || rx >= size) continue;
      const at = ry * size + rx;
      const [otherLuma, otherBlue, otherRed] = reference.colour;
      const block = blocks[Math.floor(y / side) * BLOCKS + Math.floor(x / side)];
      block.colourPixels++;
      block.colourDistance += 0.6 * Math.abs(luma.data[i] - 128 - otherLuma.data[at]) + chroma * Math.abs(blue.data[i] - otherBlue.data[at]) + chroma * Math.abs(red.data[i] - otherRed.data[at]);
    }
  }
}

// match/match.ts
var ALIGNED = 32;
var VERIFIED = 8;
var CERTAIN = 0.6;
function findMatches(rgb, references2) {
  const views = extractViews(rgb);
  const matches = matchBy(views.uncaptioned, views, references2);
  if ((matches[0]?.agreement ?? 0) >= CERTAIN) return matches;
  return [...matches, ...matchBy(views.plain, views, references2)].sort(byAgreement);
}
function matchBy(view, views, references2) {
  const rough = shortlist(view, references2, ALIGNED).map(({ reference, warp: start }) => {
    const warp = align(view, reference.signature, start, 2);
    return { reference, warp, ...verify(views, reference.signature, warp, 2) };
  });
  return rough.sort(byAgreement).slice(0, VERIFIED).map(({ reference, warp: start }) => {
    const middle = align(view, reference.signature, start, 1);
    const warp = align(view, reference.signature, middle, 0);
    return { reference, warp, ...verifyClosely(views, reference.signature, warp) };
  }).sort(byAgreement);
}
function verifyClosely(views, reference, warp) {
  const fine = verify(views, reference, warp, 0);
  const middle = verify(views, reference, warp, 1);
  return { agreement: (fine.agreement + middle.agreement) / 2, evidence: fine.evidence };
}
function byAgreement(a, b) {
  return b.agreement - a.agreement;
}

// match/classify.ts
var UNKNOWN = "unknown";
var EVEN_ODDS = 0.48;
var STEEPNESS = 25;
var DOUBT = 1;
function classify(rgb, references2) {
  const match = findMatches(rgb, references2)[0];
  if (!match) return { label: UNKNOWN, score: 0 };
  const agreement = match.agreement * match.evidence / (match.evidence + DOUBT);
  const score = Number((1 / (1 + Math.exp(-STEEPNESS * (agreement - EVEN_ODDS)))).toFixed(3));
  return { label: score >= 0.5 ? match.reference.label : UNKNOWN, score };
}

// bench/distort.ts
import sharp2 from "sharp";

// scripts/lettering.ts
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";
var require2 = createRequire(import.meta.url);
var file = readFileSync(require2.resolve("@fontsource/anton/files/anton-latin-400-normal.woff"));
var font = opentype.parse(new Uint8Array(file).buffer);
function measure(text, size) {
  return font.getAdvanceWidth(text, size);
}
function letterLine({
  text,
  x,
  baseline,
  size,
  fill = "#fff",
  stroke = "#000",
  strokeWidth
}) {
  const path = font.getPath(text, x - measure(text, size) / 2, baseline, size).toPathData(1) + "Z";
  const width = strokeWidth ?? size / 12;
  return `<path d="${path}" fill="${fill}" stroke="${stroke}" stroke-width="${width.toFixed(1)}" stroke-linejoin="round" paint-order="stroke"/>`;
}
function fitSize(text, size, width) {
  return Math.min(size, size * width / measure(text, size));
}

// bench/distort.ts
var WORDS = `when you finally fix the bug but it was never broken nobody expects one more meeting could have been an email coffee deploy friday why not both I don't always test my code production "works" on machine cats said yes? wait what brace yourselves winter is coming so many memes such wow very caption me also everyone else 42 times!`.split(" ");
var FULL = { lines: 4, crop: 0.1, quality: 40 };
async function distort(template, how, random) {
  const { data, info } = await sharp2(template).flatten({ background: "#fff" }).toBuffer({ resolveWithObject: true });
  const captioned = await sharp2(data).composite([{ input: Buffer.from(drawCaption(info.width, info.height, how.lines, random)) }]).removeAlpha().png({ compressionLevel: 0 }).toBuffer();
  const edge = () => random() < 0.3 ? how.crop : random.between(0, how.crop);
  const left = Math.round(info.width * edge());
  const top = Math.round(info.height * edge());
  const width = info.width - left - Math.round(info.width * edge());
  const height = info.height - top - Math.round(info.height * edge());
  const scale = Math.max(random.between(0.45, 1.5), 160 / Math.min(width, height));
  const stretch = random() < 0.3 ? random.between(0.85, 1.18) : 1;
  return sharp2(captioned).extract({ left, top, width, height }).resize(Math.round(width * scale * stretch), Math.round(height * scale), { fit: "fill" }).jpeg({ quality: how.quality }).toBuffer();
}
function drawCaption(width, height, lines, random) {
  const paths = [];
  const free = random() < 0.4;
  for (let n = 0; n < lines; n++) {
    const text = drawText(random, random.integer(2, 6));
    const size = fitSize(text, height * random.between(0.07, 0.15), width * random.between(0.6, 0.96));
    const place = n < lines / 2 ? 0.14 + 0.14 * n : 0.97 - 0.14 * (lines - 1 - n);
    const baseline = height * (free ? random.between(0.12, 0.98) : place);
    paths.push(letterLine({ text, x: width * (free ? random.between(0.4, 0.6) : 0.5), baseline, size }));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${paths.join("")}</svg>`;
}
function drawText(random, words) {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(" ").toUpperCase();
}

// bench/evaluation.ts
async function evaluate(references2, foreign2, seed2) {
  const random = createRandom(seed2);
  const library = [];
  for (const { name, load } of references2) {
    const bytes = await load();
    library.push({ label: name, bytes, signature: createReferenceSignature(await decodeSquare(bytes)) });
  }
  const figures2 = {
    known: 0,
    right: 0,
    confused: 0,
    foreign: 0,
    rejected: 0,
    meanMs: 0,
    errors: []
  };
  let totalMs = 0;
  const recognise = async (picture) => {
    const started = performance.now();
    const found = classify(await decodeSquare(picture), library);
    totalMs += performance.now() - started;
    return found;
  };
  for (const { label: name, bytes } of library) {
    const { label, score } = await recognise(await distort(bytes, FULL, random));
    figures2.known++;
    if (label === name) figures2.right++;
    else figures2.errors.push(`${name} came back as ${label} (${score})`);
    if (label !== name && label !== UNKNOWN) figures2.confused++;
  }
  for (const { name, load } of foreign2) {
    const lines = random() < 0.5 ? 0 : random.integer(1, 4);
    const { label, score } = await recognise(await distort(await load(), { ...FULL, lines }, random));
    figures2.foreign++;
    if (label === UNKNOWN) figures2.rejected++;
    else figures2.errors.push(`${name} is no reference, but came back as ${label} (${score})`);
  }
  figures2.meanMs = totalMs / (figures2.known + figures2.foreign);
  return figures2;
}

// bench/scenes.ts
import sharp3 from "sharp";
var KINDS = [
  drawLandscape,
  drawFace,
  drawPanels,
  drawStillLife,
  drawLines,
  drawTexture,
  drawRoom,
  drawFlat
];
async function drawScene(seed2) {
  const random = createRandom(Math.imul(seed2, 2654435761));
  const paint = KINDS[seed2 % KINDS.length];
  const width = random.pick([240, 400, 480, 500, 600, 720]);
  const height = Math.round(width * random.pick([0.6, 0.75, 0.8, 1, 1, 1.25, 1.4]));
  const body = paint(random, width, height);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  const picture = sharp3(Buffer.from(svg)).flatten({ background: "#fff" });
  return (random() < 0.1 ? picture.greyscale() : picture).jpeg({ quality: 90 }).toBuffer();
}
function colour(random, saturation = 60) {
  return `hsl(${random.integer(0, 359)},${random.integer(15, saturation + 30)}%,${random.integer(20, 85)}%)`;
}
function repeat(count, draw) {
  return Array.from({ length: count }, (_, n) => draw(n)).join("");
}
function rectangle(x, y, width, height, fill) {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}"/>`;
}
function ellipse(x, y, rx, ry, rest) {
  return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${ry.toFixed(1)}" ${rest}/>`;
}
function grain(random, width, height, opacity) {
  const frequency = (random.between(3, 30) / width).toFixed(4);
  const seed2 = random.integer(1, 9999);
  return `<filter id="g${seed2}"><feTurbulence type="${random.pick(["fractalNoise", "turbulence"])}" baseFrequency="${frequency}" numOctaves="4" seed="${seed2}"/><feColorMatrix type="saturate" values="${random.pick([0, 0.4, 1])}"/></filter><rect width="${width}" height="${height}" filter="url(#g${seed2})" opacity="${opacity}"/>`;
}
function gradient(random, width, height) {
  const id = random.integer(1, 99999);
  return `<linearGradient id="l${id}" x1="0" y1="0" x2="${random.between(0, 1).toFixed(2)}" y2="1"><stop offset="0" stop-color="${colour(random)}"/><stop offset="1" stop-color="${colour(random)}"/></linearGradient><rect width="${width}" height="${height}" fill="url(#l${id})"/>`;
}
function ridge(random, width, height, base, rough) {
  const points = Array.from({ length: 24 }, (_, n) => {
    const y = base + random.between(-rough, rough) * height;
    return `${(n * width / 23).toFixed(0)},${y.toFixed(0)}`;
  });
  return `<polygon points="0,${height} ${points.join(" ")} ${width},${height}" fill="${colour(random, 40)}"/>`;
}
function drawLandscape(random, width, height) {
  const ridges = repeat(
    random.integer(2, 5),
    (n) => ridge(random, width, height, height * (0.35 + n * 0.14), random.between(0.02, 0.12))
  );
  const sun = ellipse(
    random() * width,
    random() * height * 0.4,
    width * 0.06,
    width * 0.06,
    `fill="${colour(random)}"`
  );
  return gradient(random, width, height) + sun + ridges + grain(random, width, height, random.between(0.2, 0.6)) + drawFigure(random, width, height);
}
function drawFigure(random, width, height) {
  const x = width * random.between(0.25, 0.75);
  const size = height * random.between(0.18, 0.3);
  const y = height * random.between(0.55, 0.75);
  const skin = colour(random);
  const arms = repeat(
    2,
    () => `<path d="M${x} ${y} q${random.between(-1, 1) * size} ${random.between(-1, 0.6) * size} ${random.between(-1.4, 1.4) * size} ${random.between(-0.6, 0.6) * size}" stroke="${skin}" stroke-width="${size * 0.15}" fill="none"/>`
  );
  return arms + ellipse(x, y + size * 0.5, size * random.between(0.3, 0.6), size * 0.8, `fill="${colour(random)}"`) + ellipse(
    x,
    y - size * 0.5,
    size * random.between(0.3, 0.5),
    size * random.between(0.35, 0.5),
    `fill="${skin}"`
  ) + ellipse(x - size * 0.14, y - size * 0.55, size * 0.06, size * 0.07, 'fill="#111"') + ellipse(x + size * 0.14, y - size * 0.55, size * 0.06, size * 0.07, 'fill="#111"') + (random() < 0.5 ? rectangle(x - size * 0.4, y - size * 1.1, size * 0.8, size * 0.3, colour(random)) : "");
}
function drawFace(random, width, height) {
  const x = width * random.between(0.4, 0.6);
  const y = height * random.between(0.45, 0.58);
  const r = Math.min(width, height) * random.between(0.28, 0.4);
  const line = `stroke="#1a1210" stroke-width="${(r * 0.05).toFixed(1)}"`;
  const eye = (side, open2) => ellipse(x + side * r * 0.38, y - r * 0.18, r * 0.2, r * open2, `fill="#fff" ${line}`) + ellipse(
    x + side * r * 0.38 + r * random.between(-0.08, 0.08),
    y - r * 0.18,
    r * 0.08,
    r * 0.08,
    'fill="#111"'
  );
  const open = random.between(0.06, 0.2);
  const bend = random.between(-0.35, 0.4) * r;
  const hair = repeat(
    random.integer(5, 14),
    () => `<path d="M${x + random.between(-1, 1) * r} ${y - r * 0.6} q${random.between(-0.4, 0.4) * r} ${-r * 0.4} ${random.between(-0.5, 0.5) * r} ${-r * random.between(0.3, 0.7)}" stroke="${colour(random)}" stroke-width="${r * 0.14}" fill="none"/>`
  );
  return gradient(random, width, height) + (random() < 0.5 ? grain(random, width, height, 0.35) : "") + ellipse(x, y + r * 1.6, r * 1.3, r * 0.9, `fill="${colour(random)}"`) + ellipse(
    x,
    y,
    r * random.between(0.75, 0.95),
    r,
    `fill="hsl(${random.integer(10, 45)},${random.integer(20, 60)}%,${random.integer(35, 80)}%)" ${line}`
  ) + hair + eye(-1, open) + eye(1, open) + `<path d="M${x} ${y} l${r * random.between(-0.2, 0.2)} ${r * 0.25} l${r * 0.1} 0" fill="none" ${line}/><path d="M${x - r * 0.35} ${y + r * 0.5} q${r * 0.35} ${bend} ${r * 0.7} 0" fill="${random.pick(["none", "#8d2b2b"])}" ${line}/>`;
}
function drawPanels(random, width, height) {
  const columns = random.integer(1, 2);
  const rows = columns === 1 ? random.integer(2, 4) : random.integer(1, 2);
  const w = width / columns;
  const h = height / rows;
  const face = colour(random);
  return repeat(columns * rows, (n) => {
    const x = n % columns * w;
    const y = Math.floor(n / columns) * h;
    const isBlank = random() < 0.25;
    const figure = isBlank ? "" : drawFigure(random, w, h).replaceAll('fill="#111"', 'fill="#000"');
    return `<svg x="${x}" y="${y}" width="${w}" height="${h}">${rectangle(0, 0, w, h, isBlank ? "#fff" : random() < 0.3 ? face : colour(random))}${figure}<rect width="${w}" height="${h}" fill="none" stroke="#111" stroke-width="${width / 90}"/></svg>`;
  });
}
function drawStillLife(random, width, height) {
  const things = repeat(random.integer(5, 12), () => {
    const size = width * random.between(0.05, 0.22);
    const x = random() * width;
    const y = height * random.between(0.3, 0.9);
    return random() < 0.5 ? ellipse(
      x,
      y,
      size,
      size * random.between(0.4, 1.3),
      `fill="${colour(random)}" stroke="${colour(random)}" stroke-width="${size * 0.1}"`
    ) : `<g transform="rotate(${random.integer(-40, 40)} ${x} ${y})">${rectangle(x - size, y - size * 0.7, size * 2, size * 1.4, colour(random))}</g>`;
  });
  return gradient(random, width, height) + rectangle(0, height * 0.6, width, height * 0.4, colour(random)) + things + grain(random, width, height, random.between(0.15, 0.5));
}
function drawLines(random, width, height) {
  const stroke = Math.max(2, width * random.between(4e-3, 0.01));
  const strokes = repeat(random.integer(8, 22), () => {
    const x = random.between(0.1, 0.9) * width;
    const y = random.between(0.1, 0.9) * height;
    const far = () => (random.between(-0.3, 0.3) * width).toFixed(0);
    return `<path d="M${x.toFixed(0)} ${y.toFixed(0)} c${far()} ${far()} ${far()} ${far()} ${far()} ${far()}" fill="none" stroke="#000" stroke-width="${stroke.toFixed(1)}"/>`;
  });
  return rectangle(0, 0, width, height, "#fff") + strokes + drawFigure(random, width, height).replaceAll(
    /fill="hsl[^"]*"/g,
    `fill="#fff" stroke="#000" stroke-width="${stroke.toFixed(1)}"`
  );
}
function drawTexture(random, width, height) {
  return gradient(random, width, height) + grain(random, width, height, random.between(0.5, 0.95)) + repeat(
    random.integer(1, 4),
    () => ellipse(
      random() * width,
      random() * height,
      width * random.between(0.05, 0.25),
      height * random.between(0.05, 0.25),
      `fill="${colour(random)}" opacity="0.7"`
    )
  ) + grain(random, width, height, 0.35);
}
function drawRoom(random, width, height) {
  const left = width * random.between(0.15, 0.35);
  const right = width * random.between(0.65, 0.85);
  const top = height * random.between(0.12, 0.25);
  const bottom = height * random.between(0.6, 0.75);
  const wall = (points) => `<polygon points="${points}" fill="${colour(random, 30)}"/>`;
  const pictures2 = repeat(
    random.integer(1, 4),
    () => rectangle(
      random.between(left, right - 20),
      random.between(top, bottom * 0.7),
      width * random.between(0.05, 0.15),
      height * random.between(0.05, 0.2),
      colour(random)
    )
  );
  return rectangle(0, 0, width, height, colour(random, 30)) + wall(`0,0 ${left},${top} ${left},${bottom} 0,${height}`) + wall(`${width},0 ${right},${top} ${right},${bottom} ${width},${height}`) + wall(`0,${height} ${left},${bottom} ${right},${bottom} ${width},${height}`) + pictures2 + drawFigure(random, width, height) + drawFigure(random, width, height) + grain(random, width, height, 0.2);
}
function drawFlat(random, width, height) {
  const shapes = repeat(random.integer(2, 5), () => {
    const x = random.between(0.1, 0.8) * width;
    const y = random.between(0.1, 0.8) * height;
    const size = width * random.between(0.08, 0.3);
    const points = repeat(
      random.integer(3, 6),
      () => `${(x + random.between(-1, 1) * size).toFixed(0)},${(y + random.between(-1, 1) * size).toFixed(0)} `
    );
    return random() < 0.5 ? `<polygon points="${points}" fill="${colour(random)}"/>` : ellipse(x, y, size, size * random.between(0.5, 1), `fill="${colour(random)}"`);
  });
  return rectangle(0, 0, width, height, colour(random)) + shapes + drawFigure(random, width, height);
}

// bench/evaluate.ts
var [references = 400, foreign = 400, seed = 1] = process.argv.slice(2, 5).map(Number);
var folder = process.argv[5];
var pictures = folder ? readFolder(folder) : drawMany(references + foreign);
var figures = await evaluate(
  pictures.slice(0, references),
  pictures.slice(references, references + foreign),
  seed
);
var share = (part, whole) => `${part} of ${whole} (${(100 * part / whole).toFixed(1)} %)`;
for (const error of figures.errors) console.log(error);
console.log(
  `known templates named rightly  ${share(figures.right, figures.known)}, ${figures.confused} confused`
);
console.log(`foreign pictures unknown       ${share(figures.rejected, figures.foreign)}`);
console.log(
  `time for each picture          ${figures.meanMs.toFixed(0)} ms with ${figures.known} references`
);
function drawMany(count) {
  return Array.from({ length: count }, (_, n) => ({
    name: `scene-${seed * 1e5 + n}`,
    load: () => drawScene(seed * 1e5 + n)
  }));
}
function readFolder(path) {
  const random = createRandom(seed);
  return readdirSync(path).map((name) => ({ name, load: () => readFile(join(path, name)), order: random() })).sort((a, b) => a.order - b.order);
}
