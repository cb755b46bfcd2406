import type { Component } from './components.js';

/** Letters that stand on one line, from left to right. */
export interface CaptionLine {
  letters: Component[];
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Mean brightness of a white letter; blurred thin strokes are the darkest. */
const LEAST_BRIGHTNESS = 222;

/** How much the brightest pixels of letters on one line may differ. */
const WHITE_TOLERANCE = 9;

const heightOf = (box: { top: number; bottom: number }): number => box.bottom - box.top + 1;
const widthOf = (box: { left: number; right: number }): number => box.right - box.left + 1;

/**
 * Sorts bright patches into lines of lettering.
 *
 * A letter is a patch of plausible size and density with darkness around it. Letters of like height side by side make a
 * line; small patches beside them (an apostrophe, a full stop, the dot of an i) are added afterwards.
 */
export function findLines(components: Component[], width: number, height: number): CaptionLine[] {
  const outlined = components.filter((one) => isOutlined(one, width, height));
  const letters = outlined.filter((one) => isLetter(one, height)).sort((a, b) => a.left - b.left);
  const lines: CaptionLine[] = [];
  for (const letter of letters) {
    const line = closest(lines, letter);
    if (line) append(line, letter);
    else
      lines.push({
        letters: [letter],
        left: letter.left,
        right: letter.right,
        top: letter.top,
        bottom: letter.bottom,
      });
  }
  const merged = mergeLines(lines).filter(isLettering);
  const taken = new Set(merged.flatMap((line) => line.letters));
  for (const mark of outlined) if (!taken.has(mark)) addMark(merged, mark);
  for (const line of merged) keepLettersOfOneWhite(line);
  return merged.sort((a, b) => a.top - b.top || a.left - b.left);
}

function isOutlined(one: Component, width: number, height: number): boolean {
  if (one.area < 6 || heightOf(one) > height * 0.35 || widthOf(one) > width * 0.5) return false;
  if (one.left === 0 && one.top === 0) return false;
  return one.darkRim >= one.rim * 0.6 && one.brightness >= one.area * LEAST_BRIGHTNESS;
}

function isLetter(one: Component, height: number): boolean {
  const tall = heightOf(one);
  const wide = widthOf(one);
  const density = one.area / (tall * wide);
  return tall >= Math.max(10, height * 0.012) && wide <= tall * 6 && wide >= tall * 0.06 && density > 0.12;
}

/** The line that a letter continues: of like height, level with it, not far to the left. */
function closest(lines: CaptionLine[], letter: Component): CaptionLine | undefined {
  let found: CaptionLine | undefined;
  let least = Infinity;
  for (const line of lines) {
    const last = line.letters[line.letters.length - 1]!;
    const tall = Math.max(heightOf(last), heightOf(letter));
    const gap = letter.left - line.right;
    const overlap = Math.min(last.bottom, letter.bottom) - Math.max(last.top, letter.top) + 1;
    if (gap > tall * 1.6 || overlap < tall * 0.55 || gap >= least) continue;
    least = gap;
    found = line;
  }
  return found;
}

function append(line: CaptionLine, letter: Component): void {
  line.letters.push(letter);
  line.left = Math.min(line.left, letter.left);
  line.right = Math.max(line.right, letter.right);
  line.top = Math.min(line.top, letter.top);
  line.bottom = Math.max(line.bottom, letter.bottom);
}

/** Joins pieces that stand level with each other, for example where a narrow letter broke the chain. */
function mergeLines(lines: CaptionLine[]): CaptionLine[] {
  const merged: CaptionLine[] = [];
  for (const line of lines.sort((a, b) => a.left - b.left)) {
    const home = merged.find((other) => {
      const tall = Math.max(heightOf(other), heightOf(line));
      const overlap = Math.min(other.bottom, line.bottom) - Math.max(other.top, line.top) + 1;
      return overlap > tall * 0.7 && line.left - other.right < tall * 2;
    });
    if (home) for (const letter of line.letters) append(home, letter);
    else merged.push(line);
  }
  return merged;
}

/** Two letters, or one broad enough to be several that touch. */
function isLettering(line: CaptionLine): boolean {
  return line.letters.length >= 2 || widthOf(line) > heightOf(line) * 1.2;
}

function addMark(lines: CaptionLine[], mark: Component): void {
  const middleX = (mark.left + mark.right) / 2;
  const middleY = (mark.top + mark.bottom) / 2;
  const home = lines.find((line) => {
    const tall = heightOf(line);
    const isNear = middleX > line.left - tall * 0.5 && middleX < line.right + tall * 0.5;
    const isLevel = middleY > line.top - tall * 0.25 && middleY < line.bottom + tall * 0.25;
    return isNear && isLevel && heightOf(mark) < tall * 1.15 && mark.area > tall * tall * 0.008;
  });
  if (home) append(home, mark);
}

/** Letters of a line are equally white; a bright patch of the scene beside them seldom is. */
function keepLettersOfOneWhite(line: CaptionLine): void {
  const whites = line.letters.map(({ brightest }) => brightest).sort((a, b) => a - b);
  const usual = whites[Math.floor(whites.length / 2)]!;
  line.letters = line.letters
    .filter(({ brightest }) => brightest >= usual - WHITE_TOLERANCE)
    .sort((a, b) => a.left - b.left);
}
