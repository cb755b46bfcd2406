import sharp, { type OverlayOptions } from 'sharp';
import { findLines, type CaptionLine } from './caption-lines.js';
import { findComponents, type Component, type Components, type GreyImage } from './components.js';

const MARGIN = 24;
const MAX_LINES = 16;
const MAX_LINE_WIDTH = 3600;

/** Pixels around a patch that are drawn too: the soft edge of the letter. */
const SOFT_EDGE = 2;

/** A letter, and how many pixels to the right of its place in the picture it is drawn. */
export interface PlacedLetter {
  readonly letter: Component;
  readonly shift: number;
}

/** How lettering is set for the recogniser. */
export interface PageStyle {
  /** Height of the letters in pixels. */
  letterHeight: number;
  /** Widening: the recogniser was trained on broader letters than captions are written in. */
  stretch: number;
  /** Thickest stroke, as a share of the height: heavier letters are thinned, which opens the narrow gaps inside them. */
  maxStroke: number;
}

/** A line of lettering cut out of its picture: black on white, nothing else. */
export interface CutLine {
  readonly line: CaptionLine;
  /** Where its letters are drawn. */
  readonly shifts: readonly PlacedLetter[];
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** Lines set one below the other, all at the same height. */
export interface CaptionPage {
  readonly png: Buffer;
  /** Where each line stands on the page, in the order of the lines; `scaleX` is page pixels per picture pixel. */
  readonly strips: { top: number; bottom: number; left: number; scaleX: number }[];
}

/** Lifts white, outlined lettering off a picture, line by line. */
export function cutCaptionLines(image: GreyImage, threshold: number): CutLine[] {
  const reach = Math.max(3, Math.round(Math.max(image.width, image.height) / 250));
  const components = findComponents(image, threshold, reach);
  const lines = findLines(components.list, image.width, image.height);
  const likely = [...lines].sort((a, b) => b.letters.length - a.letters.length).slice(0, MAX_LINES);
  return lines.filter((line) => likely.includes(line)).map((line) => cutLine(line, components, image));
}

/**
 * Draws only the letters of the line: whatever else is bright behind them stays out. Letters keep their soft edges, and the
 * gaps between words are widened, since narrow lettering hardly has any.
 */
function cutLine(line: CaptionLine, { labels }: Components, image: GreyImage): CutLine {
  const shifts = widenGaps(line);
  const width = line.right - line.left + 1 + (shifts[shifts.length - 1]?.shift ?? 0);
  const height = line.bottom - line.top + 1;
  const pixels = Buffer.alloc(width * height, 255);
  for (const { letter, shift } of shifts) {
    const from = {
      x: Math.max(line.left, letter.left - SOFT_EDGE),
      y: Math.max(line.top, letter.top - SOFT_EDGE),
    };
    const to = {
      x: Math.min(line.right, letter.right + SOFT_EDGE),
      y: Math.min(line.bottom, letter.bottom + SOFT_EDGE),
    };
    for (let y = from.y; y <= to.y; y++) {
      for (let x = from.x; x <= to.x; x++) {
        if (!touches(labels, letter.id, x, y, image)) continue;
        const ink = Math.max(0, Math.min(1, (image.data[y * image.width + x]! - 130) / 115));
        const at = (y - line.top) * width + x - line.left + shift;
        pixels[at] = Math.min(pixels[at]!, Math.round(255 * (1 - ink)));
      }
    }
  }
  return { line, shifts, width, height, pixels };
}

/** Whether a pixel is in a patch or right beside it. */
function touches(
  labels: Int32Array,
  id: number,
  x: number,
  y: number,
  { width, height }: GreyImage,
): boolean {
  for (let dy = -SOFT_EDGE; dy <= SOFT_EDGE; dy++) {
    const row = y + dy;
    if (row < 0 || row >= height) continue;
    for (let dx = -SOFT_EDGE; dx <= SOFT_EDGE; dx++) {
      const column = x + dx;
      if (column >= 0 && column < width && labels[row * width + column] === id) return true;
    }
  }
  return false;
}

/** How far each letter moves to the right so that words stand clearly apart. */
function widenGaps(line: CaptionLine): PlacedLetter[] {
  const tall = typicalHeight(line);
  const gaps: number[] = [];
  let end = line.left;
  for (const letter of line.letters) {
    gaps.push(Math.max(0, letter.left - end));
    end = Math.max(end, letter.right);
  }
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  let shift = 0;
  return line.letters.map((letter, n) => {
    if (gaps[n]! > tall * 0.17 && gaps[n]! > usual * 2) shift += Math.round(tall * 0.3);
    return { letter, shift };
  });
}

/** Sets lines as a page for the recogniser. */
export async function layOutPage(lines: readonly CutLine[], style: PageStyle): Promise<CaptionPage> {
  const strips: CaptionPage['strips'] = [];
  const placed: OverlayOptions[] = [];
  let top = MARGIN;
  let pageWidth = 0;
  for (const cut of lines) {
    const scale = Math.min(
      style.letterHeight / typicalHeight(cut.line),
      MAX_LINE_WIDTH / (cut.width * style.stretch),
    );
    const width = Math.max(4, Math.round(cut.width * scale * style.stretch));
    const height = Math.max(4, Math.round(cut.height * scale));
    const drawn = await sharp(cut.pixels, { raw: { width: cut.width, height: cut.height, channels: 1 } })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    const thinner = thin(drawn, width, height, countPeels(cut.line, scale, style));
    const input = await sharp(thinner, { raw: { width, height, channels: 1 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    placed.push({ input, left: MARGIN, top });
    strips.push({ top, bottom: top + height, left: MARGIN, scaleX: width / cut.width });
    top += height + MARGIN;
    pageWidth = Math.max(pageWidth, width);
  }
  const png = await sharp({
    create: { width: pageWidth + 2 * MARGIN, height: top, channels: 3, background: '#fff' },
  })
    .composite(placed)
    .greyscale()
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { png, strips };
}

/** The height of most letters: one comma below the line or one speck above it changes nothing. */
function typicalHeight(line: CaptionLine): number {
  const heights = line.letters.map(({ top, bottom }) => bottom - top + 1).sort((a, b) => a - b);
  return heights[Math.floor(heights.length * 0.7)]!;
}

/** How many pixels to peel off the letters all around, before they are stretched. */
function countPeels({ letters }: CaptionLine, scale: number, { letterHeight, maxStroke }: PageStyle): number {
  const strokes = letters.map(({ area, rim }) => (2 * area) / rim).sort((a, b) => a - b);
  const stroke = strokes[Math.floor(strokes.length / 2)]! * scale;
  return Math.max(0, Math.round((stroke - maxStroke * letterHeight) / 2));
}

/** Peels the outermost pixels off black shapes, some times over. */
function thin(pixels: Buffer, width: number, height: number, times: number): Buffer {
  let current = pixels;
  for (let n = 0; n < times; n++) {
    const next = Buffer.from(current);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        let lightest = current[i]!;
        if (x > 0) lightest = Math.max(lightest, current[i - 1]!);
        if (x < width - 1) lightest = Math.max(lightest, current[i + 1]!);
        if (y > 0) lightest = Math.max(lightest, current[i - width]!);
        if (y < height - 1) lightest = Math.max(lightest, current[i + width]!);
        next[i] = lightest;
      }
    }
    current = next;
  }
  return current;
}
