/**
 * Counts words and characters.
 *
 * @param text - what to count
 */
export function run___ALGO__(
  text: string,
  /** how often the text counts @minimum 1 @integer */ times: number = 1,
) {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return { words: words.length * times, characters: text.length * times };
}
