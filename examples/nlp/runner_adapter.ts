import { loadModule, type LanguageIdentifier } from 'cld3-asm';

/** Texts up to this many bytes are read whole; of longer ones CLD3 takes samples. */
const MAX_BYTES = 1000;
/** CLD3 gives some languages by codes that have been replaced since (ISO 639-1, 1989). */
const CURRENT_CODES: Readonly<Record<string, string>> = { iw: 'he', ji: 'yi', in: 'id', jw: 'jv' };

let identifier: LanguageIdentifier | undefined;

/** Loads CLD3. */
export async function setup(): Promise<void> {
  // A lower limit above 0 would leave short texts unrecognised.
  identifier ??= (await loadModule()).create(0, MAX_BYTES);
}

/** Frees the memory of CLD3. */
export function teardown(): void {
  identifier?.dispose();
  identifier = undefined;
}

/** A language and how sure that is. */
export interface DetectedLanguage {
  /** BCP 47 code such as `en` or `zh-Latn`; `und` when the text has no letters. */
  language: string;
  /**
   * How likely this language is.
   * @minimum 0
   * @maximum 1
   */
  probability: number;
  /** Whether there was enough text to rely on the answer. */
  reliable: boolean;
}

/**
 * Tells the language of a text. A sentence is enough; two words often are not.
 *
 * @param text - Plain text in one language.
 */
export async function run_language_detection(text: string): Promise<DetectedLanguage> {
  // Without letters there is no language, whatever digits and symbols resemble.
  if (!/\p{L}/u.test(text)) return { language: 'und', probability: 0, reliable: false };
  await setup();
  const { language, probability, is_reliable: reliable } = identifier!.findLanguage(text);
  return { language: CURRENT_CODES[language] ?? language, probability: Math.min(1, probability), reliable };
}
