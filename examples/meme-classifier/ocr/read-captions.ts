import {
  cutCaptionLines,
  layOutPage,
  type CaptionPage,
  type CutLine,
  type PageStyle,
} from './caption-page.js';
import type { GreyImage } from './components.js';
import { joinLines, judgeLine, mergeLines, NO_LINE, type LineReading, type Reading } from './reading.js';
import type { RecognisedWord, Recogniser } from './recogniser.js';

/** Ways to set the same line. What one misreads another often gets right, and the confidence tells which. */
const STYLES: readonly PageStyle[] = [
  { letterHeight: 36, stretch: 1, maxStroke: 1 },
  { letterHeight: 36, stretch: 1.3, maxStroke: 0.11 },
  { letterHeight: 44, stretch: 1.2, maxStroke: 0.16 },
];
/** Every line is read in this many styles; further ones are for lines that are still in doubt. */
const ALWAYS = 2;
/** A line is in doubt while any word of it is less sure than this. */
const SURE = 88;
/** Below this a line is a pattern in the picture, not text; a few letters must be surer than many. */
const LEAST_LINE = 62;
const LEAST_SHORT_LINE = 84;
const SHORT_LINE = 3;

/** Reads white captions with a dark outline. `threshold` is the brightness from which a pixel may belong to a letter. */
export async function readCaptions(
  image: GreyImage,
  threshold: number,
  recogniser: Recogniser,
  signal?: AbortSignal,
): Promise<Reading> {
  const cut = cutCaptionLines(image, threshold);
  const best = cut.map(() => NO_LINE);
  for (const [round, style] of STYLES.entries()) {
    const open = cut.map((_, index) => index).filter((index) => isWorthReading(best[index]!, round));
    if (open.length === 0) break;
    signal?.throwIfAborted();
    const readings = await readLines(
      open.map((index) => cut[index]!),
      style,
      recogniser,
    );
    for (const [n, index] of open.entries()) best[index] = mergeLines(best[index]!, readings[n]!);
  }
  return joinLines(best.filter(isText));
}

function isText({ words, confidence }: LineReading): boolean {
  const letters = words
    .map(({ text }) => text)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '').length;
  return letters > 0 && confidence >= (letters > SHORT_LINE ? LEAST_LINE : LEAST_SHORT_LINE);
}

function isWorthReading(line: LineReading, round: number): boolean {
  if (round === 0) return true;
  // A pattern that gave nothing at first is not worth a second look.
  if (line.score < 0.5) return false;
  return round < ALWAYS || line.words.some(({ confidence }) => confidence < SURE);
}

async function readLines(lines: CutLine[], style: PageStyle, recogniser: Recogniser): Promise<LineReading[]> {
  const page = await layOutPage(lines, style);
  const words = (await recogniser.recognise(page.png, 'block')).flat();
  return page.strips.map((strip, index) => {
    const own = words.filter(({ box }) => {
      const middle = (box.top + box.bottom) / 2;
      return middle >= strip.top && middle < strip.bottom;
    });
    own.sort((a, b) => a.box.left - b.box.left);
    // A bar all by itself is a part of the picture.
    if (own.length < 2) return judgeLine(own);
    return judgeLine(own.map((word) => correctBar(word, lines[index]!, strip)));
  });
}

/** A plain upright bar is the letter I, whatever the recogniser made of it. */
function correctBar(
  word: RecognisedWord,
  cut: CutLine,
  strip: CaptionPage['strips'][number],
): RecognisedWord {
  if (!/^[1l|!\]\[]$/.test(word.text)) return word;
  const inside = cut.shifts.filter(({ letter, shift }) => {
    const middle = ((letter.left + letter.right) / 2 - cut.line.left + shift) * strip.scaleX + strip.left;
    return middle >= word.box.left && middle <= word.box.right;
  });
  const bar = inside[0]?.letter;
  if (inside.length !== 1 || !bar) return word;
  const density = bar.area / ((bar.right - bar.left + 1) * (bar.bottom - bar.top + 1));
  return density > 0.88 ? { ...word, text: 'I', confidence: Math.max(word.confidence, 90) } : word;
}
