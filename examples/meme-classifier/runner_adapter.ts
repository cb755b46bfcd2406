import { fileURLToPath } from 'node:url';
import type { Context } from 'runyard/adapter';
import { decodeSquare } from './image/decode-square.js';
import { fetchImage } from './image/fetch-image.js';
import { ReferenceLibrary } from './library/reference-library.js';
import { classify } from './match/classify.js';
import { readText } from './ocr/read-text.js';
import { Recogniser } from './ocr/recogniser.js';

const projectFolder = fileURLToPath(new URL('.', import.meta.url));
const references = new ReferenceLibrary(
  process.env.MEME_REFERENCES ?? fileURLToPath(new URL('references', import.meta.url)),
  (path, error) => console.warn(`reference ${path} is not a picture: ${error.message}`),
);
let recogniser: Recogniser | undefined;

/** Loads the text recogniser and the references, so that the first request is as fast as the next. */
export async function setup(): Promise<void> {
  [recogniser] = await Promise.all([Recogniser.create(), references.get()]);
}

/** Ends the text recogniser. */
export async function teardown(): Promise<void> {
  await recogniser?.close();
  recogniser = undefined;
}

/** What a picture was recognised as. */
export interface MemeClassification {
  /** Name of the template, or `unknown`. */
  label: string;
  /**
   * How sure it is that the template fits. Below 0.5 the label is `unknown`.
   * @minimum 0
   * @maximum 1
   */
  score: number;
}

/**
 * Recognises the template of a meme, whatever is written on it.
 *
 * @param image_url - Address of the picture: http, https or data.
 */
export async function run_meme_classifier(image_url: string, ctx?: Context): Promise<MemeClassification> {
  const bytes = await fetchImage(image_url, projectFolder, ctx?.signal);
  return classify(await decodeSquare(bytes), await references.get());
}

/**
 * Reads the text in a picture: meme captions and other printed text, in English.
 *
 * @param image_url - Address of the picture: http, https or data.
 * @returns Lines from top to bottom, empty when there is no text.
 */
export async function run_ocr(image_url: string, ctx?: Context): Promise<string> {
  const bytes = await fetchImage(image_url, projectFolder, ctx?.signal);
  recogniser ??= await Recogniser.create();
  return readText(bytes, recogniser, ctx?.signal);
}
