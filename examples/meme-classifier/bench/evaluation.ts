import { decodeSquare } from '../image/decode-square.js';
import { classify, UNKNOWN } from '../match/classify.js';
import { createReferenceSignature, type ReferenceSignature } from '../match/reference-signature.js';
import { createRandom } from '../scripts/random.js';
import { distort, FULL } from './distort.js';

/** A picture and its name. */
export interface Picture {
  name: string;
  load(): Promise<Buffer>;
}

/** What came out. */
export interface Figures {
  /** Test pictures of known templates, and how many were named rightly. */
  known: number;
  right: number;
  /** Known templates that were taken for another one; the rest of the errors came back as unknown. */
  confused: number;
  /** Test pictures of other templates, and how many came back as unknown. */
  foreign: number;
  rejected: number;
  /** Milliseconds for each picture, decoding included. */
  meanMs: number;
  /** One line for each error. */
  errors: string[];
}

/** Takes some pictures as references, distorts those and others from a seed, and counts what is recognised. */
export async function evaluate(references: Picture[], foreign: Picture[], seed: number): Promise<Figures> {
  const random = createRandom(seed);
  const library: { label: string; signature: ReferenceSignature; bytes: Buffer }[] = [];
  for (const { name, load } of references) {
    const bytes = await load();
    library.push({ label: name, bytes, signature: createReferenceSignature(await decodeSquare(bytes)) });
  }
  const figures: Figures = {
    known: 0,
    right: 0,
    confused: 0,
    foreign: 0,
    rejected: 0,
    meanMs: 0,
    errors: [],
  };
  let totalMs = 0;
  const recognise = async (picture: Buffer): Promise<{ label: string; score: number }> => {
    const started = performance.now();
    const found = classify(await decodeSquare(picture), library);
    totalMs += performance.now() - started;
    return found;
  };
  for (const { label: name, bytes } of library) {
    const { label, score } = await recognise(await distort(bytes, FULL, random));
    figures.known++;
    if (label === name) figures.right++;
    else figures.errors.push(`${name} came back as ${label} (${score})`);
    if (label !== name && label !== UNKNOWN) figures.confused++;
  }
  for (const { name, load } of foreign) {
    const lines = random() < 0.5 ? 0 : random.integer(1, 4);
    const { label, score } = await recognise(await distort(await load(), { ...FULL, lines }, random));
    figures.foreign++;
    if (label === UNKNOWN) figures.rejected++;
    else figures.errors.push(`${name} is no reference, but came back as ${label} (${score})`);
  }
  figures.meanMs = totalMs / (figures.known + figures.foreign);
  return figures;
}
