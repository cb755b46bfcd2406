/// <reference path="./opentype.d.ts" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype from 'opentype.js';

const require = createRequire(import.meta.url);
const file = readFileSync(require.resolve('@fontsource/anton/files/anton-latin-400-normal.woff'));
const font = opentype.parse(new Uint8Array(file).buffer);

/** One line of lettering. */
export interface Line {
  text: string;
  /** Middle of the line. */
  x: number;
  /** Foot of the letters. */
  baseline: number;
  size: number;
  fill?: string;
  stroke?: string;
  /** @default a twelfth of the size */
  strokeWidth?: number;
}

/** How wide a text is at a size. */
export function measure(text: string, size: number): number {
  return font.getAdvanceWidth(text, size);
}

/** The line as an SVG path: what it looks like does not depend on the fonts of the machine. */
export function letterLine({
  text,
  x,
  baseline,
  size,
  fill = '#fff',
  stroke = '#000',
  strokeWidth,
}: Line): string {
  const path = font.getPath(text, x - measure(text, size) / 2, baseline, size).toPathData(1) + 'Z';
  const width = strokeWidth ?? size / 12;
  return `<path d="${path}" fill="${fill}" stroke="${stroke}" stroke-width="${width.toFixed(1)}" stroke-linejoin="round" paint-order="stroke"/>`;
}

/** The size, `size` or less, at which a text is no wider than `width`. */
export function fitSize(text: string, size: number, width: number): number {
  return Math.min(size, (size * width) / measure(text, size));
}
