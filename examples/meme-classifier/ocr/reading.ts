import type { RecognisedWord } from './recogniser.js';

/** Words below this confidence are noise more often than words. */
const LEAST_CONFIDENCE = 25;

/** What was read, and how much it is to be trusted. */
export interface Reading {
  lines: string[];
  /** Mean confidence, weighted by the length of words: 0 to 100. */
  confidence: number;
  /** Confidence of the least certain word. */
  weakest: number;
  /** Letters read, each counting more the surer it is. */
  score: number;
}

/** Nothing was read. */
export const NOTHING: Reading = { lines: [], confidence: 0, weakest: 0, score: 0 };

/** Judges words that were read as one line. */
export function judgeLine(words: readonly RecognisedWord[]): Reading {
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
  if (letters === 0) return NOTHING;
  const weakest = Math.min(...words.map(({ confidence }) => confidence));
  return { lines: [kept.map(({ text }) => correctZero(text)).join(' ')], confidence: sum / letters, weakest, score };
}

/** Among capitals a round zero is the letter O. */
function correctZero(text: string): string {
  return /^[^\p{L}\p{N}]*(?=[A-Z0]*[A-Z])[A-Z0]+[^\p{L}\p{N}]*$/u.test(text) ? text.replaceAll('0', 'O') : text;
}

/** Puts lines together. */
export function joinReadings(readings: readonly Reading[]): Reading {
  const score = readings.reduce((sum, one) => sum + one.score, 0);
  const confidence = readings.reduce((sum, one) => sum + one.score * one.confidence, 0) / (score || 1);
  const weakest = Math.min(...readings.map((one) => one.weakest));
  return { lines: readings.flatMap(({ lines }) => lines), confidence, weakest, score };
}
