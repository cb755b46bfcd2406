import type { RecognisedWord } from './recogniser.js';

/** Words below this confidence are noise more often than words. */
const LEAST_CONFIDENCE = 25;

/** One line as it was read, and how much it is to be trusted. */
export interface LineReading {
  readonly words: readonly RecognisedWord[];
  /** Mean confidence, weighted by the length of words: 0 to 100. */
  readonly confidence: number;
  /** Letters read, each counting more the surer it is. */
  readonly score: number;
}

/** All lines of a picture. */
export interface Reading {
  readonly lines: string[];
  readonly confidence: number;
  readonly score: number;
}

/** Nothing was read. */
export const NO_LINE: LineReading = { words: [], confidence: 0, score: 0 };

/** Judges words that were read as one line. */
export function judgeLine(words: readonly RecognisedWord[]): LineReading {
  const kept = words.filter(({ text, confidence }) => confidence >= LEAST_CONFIDENCE && text.trim() !== '');
  let letters = 0;
  let sum = 0;
  let score = 0;
  for (const { text, confidence } of kept) {
    const length = text.replace(/[^\p{L}\p{N}]/gu, '').length;
    letters += length;
    sum += length * confidence;
    score += length * Math.max(0, (confidence - 40) / 60);
  }
  return letters === 0 ? NO_LINE : { words: kept, confidence: sum / letters, score };
}

/** Takes the best of two readings of one line: word by word where they agree on the words, the surer one otherwise. */
export function mergeLines(a: LineReading, b: LineReading): LineReading {
  if (a.words.length !== b.words.length) return b.score > a.score ? b : a;
  return judgeLine(a.words.map((word, n) => (b.words[n]!.confidence > word.confidence ? b.words[n]! : word)));
}

/** Puts lines together. */
export function joinLines(readings: readonly LineReading[]): Reading {
  const score = readings.reduce((sum, one) => sum + one.score, 0);
  const confidence = readings.reduce((sum, one) => sum + one.score * one.confidence, 0) / (score || 1);
  return { lines: readings.map(toText).filter((line) => line !== ''), confidence, score };
}

function toText({ words }: LineReading): string {
  // A bar between words is the letter I.
  const correctBar = (text: string): string => (words.length > 1 && text === '|' ? 'I' : text);
  return words.map(({ text }) => correctZero(correctBar(text))).join(' ');
}

/** Among capitals a round zero is the letter O. */
function correctZero(text: string): string {
  return /^[^\p{L}\p{N}]*(?=[A-Z0]*[A-Z])[A-Z0]+[^\p{L}\p{N}]*$/u.test(text)
    ? text.replaceAll('0', 'O')
    : text;
}
