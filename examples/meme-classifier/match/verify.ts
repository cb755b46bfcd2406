import type { PictureViews, Signature } from '../features/extract.js';
import type { LevelIndex } from './align.js';
import { STRUCTURE_STEPS, type ReferenceSignature } from './reference-signature.js';
import type { Warp } from './warp.js';

/** Blocks per side that a picture is judged by. */
const BLOCKS = 8;
/** A block where fewer pixels than this share count (caption, crop) is not judged. */
const LEAST_SHARE = 0.15;
/** Mean square of structure from which a block is as telling as it gets. */
const FULL_ENERGY = 0.35;
/** What a block without structure, but of the right or wrong colour, tells at most. */
const PLAIN_INFORMATION = 0.12;

/** How well a picture lies on a reference. */
export interface Verdict {
  /** Share of the information, block by block, that agrees: 0 to 1. */
  readonly agreement: number;
  /** How much there was to judge by, in blocks full of structure: 0 to 64. */
  readonly evidence: number;
}

interface Block {
  pixels: number;
  own: number;
  other: number;
  product: number;
  colourPixels: number;
  colourDistance: number;
}

/**
 * Compares block by block after alignment.
 *
 * The picture is given with its captions ignored and as it is. Each block is judged by the view that fits better: a block under a
 * caption by what shows between the letters, a block of a line drawing (which looks like lettering) by everything in it.
 * So a caption takes away evidence and hardly adds disagreement.
 */
export function verify(
  { uncaptioned, plain }: PictureViews,
  reference: ReferenceSignature,
  warp: Warp,
  level: LevelIndex,
): Verdict {
  const ignoring = compareBlocks(uncaptioned, reference, warp, level);
  const whole = compareBlocks(plain, reference, warp, level);
  let agreed = 0;
  let evidence = 0;
  for (const [n, judged] of ignoring.entries()) {
    const best = whole[n]!.match > judged.match ? whole[n]! : judged;
    evidence += best.information;
    agreed += best.information * best.match;
  }
  return { agreement: evidence === 0 ? 0 : agreed / evidence, evidence };
}

interface Judgement {
  /** How much the block tells: 0 to 1. */
  information: number;
  /** How well it fits: 0 to 1. */
  match: number;
}

function compareBlocks(
  picture: Signature,
  reference: ReferenceSignature,
  warp: Warp,
  level: LevelIndex,
): Judgement[] {
  const blocks = Array.from({ length: BLOCKS * BLOCKS }, createBlock);
  addStructure(blocks, picture, reference, warp, level);
  addColour(blocks, picture, reference, warp);
  const full = (reference.levels[level].size / BLOCKS) ** 2;
  return blocks.map((block) => judge(block, block.pixels / full));
}

function judge(block: Block, share: number): Judgement {
  if (share < LEAST_SHARE) return { information: 0, match: 0 };
  const energy = (block.own + block.other) / 2 / block.pixels;
  const telling = Math.min(1, energy / FULL_ENERGY);
  const similarity = energy === 0 ? 0 : block.product / block.pixels / energy;
  const structure = ramp(similarity, 0.25, 0.7);
  const distance = block.colourPixels === 0 ? 0 : block.colourDistance / block.colourPixels;
  const colour = 1 - ramp(distance, 14, 60);
  const plain = PLAIN_INFORMATION * (1 - telling);
  return {
    information: (telling + plain) * Math.min(1, share * 2),
    match: (telling * structure * (0.4 + 0.6 * colour) + plain * colour) / (telling + plain),
  };
}

/** 0 up to `low`, 1 from `high`, a straight line between. */
export function ramp(value: number, low: number, high: number): number {
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}

function createBlock(): Block {
  return { pixels: 0, own: 0, other: 0, product: 0, colourPixels: 0, colourDistance: 0 };
}

function addStructure(
  blocks: Block[],
  picture: Signature,
  reference: ReferenceSignature,
  warp: Warp,
  level: LevelIndex,
): void {
  const { structure, weights } = picture.levels[level];
  const { size, data } = reference.levels[level];
  const side = size / BLOCKS;
  for (let y = 0; y < size; y++) {
    const ry = (warp.top + (warp.height * (y + 0.5)) / size) * size - 0.5;
    if (ry < 0 || ry >= size - 1) continue;
    const y0 = Math.floor(ry);
    const fy = ry - y0;
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      if (weights.data[i] === 0) continue;
      const rx = (warp.left + (warp.width * (x + 0.5)) / size) * size - 0.5;
      if (rx < 0 || rx >= size - 1) continue;
      const x0 = Math.floor(rx);
      const fx = rx - x0;
      const at = y0 * size + x0;
      const upper = data[at]! * (1 - fx) + data[at + 1]! * fx;
      const lower = data[at + size]! * (1 - fx) + data[at + size + 1]! * fx;
      const other = (upper * (1 - fy) + lower * fy) / STRUCTURE_STEPS;
      const own = structure.data[i]!;
      const block = blocks[Math.floor(y / side) * BLOCKS + Math.floor(x / side)]!;
      block.pixels++;
      block.own += own * own;
      block.other += other * other;
      block.product += own * other;
    }
  }
}

function addColour(blocks: Block[], picture: Signature, reference: ReferenceSignature, warp: Warp): void {
  const { weights } = picture.levels[2];
  const [luma, blue, red] = picture.colour;
  const size = weights.width;
  const side = size / BLOCKS;
  const nearest = (place: number): number => Math.floor(place * size);
  // A picture that was turned grey still lies on its reference: then only brightness is compared.
  const chroma = picture.isGrey ? 0 : 1;
  for (let y = 0; y < size; y++) {
    const ry = nearest(warp.top + (warp.height * (y + 0.5)) / size);
    if (ry < 0 || ry >= size) continue;
    for (let x = 0; x < size; x++) {
      const i = y * size + x;
      const rx = nearest(warp.left + (warp.width * (x + 0.5)) / size);
      if (weights.data[i] === 0 || rx < 0 || rx >= size) continue;
      const at = ry * size + rx;
      const [otherLuma, otherBlue, otherRed] = reference.colour;
      const block = blocks[Math.floor(y / side) * BLOCKS + Math.floor(x / side)]!;
      block.colourPixels++;
      block.colourDistance +=
        0.6 * Math.abs(luma.data[i]! - 128 - otherLuma.data[at]!) +
        chroma * Math.abs(blue.data[i]! - otherBlue.data[at]!) +
        chroma * Math.abs(red.data[i]! - otherRed.data[at]!);
    }
  }
}
