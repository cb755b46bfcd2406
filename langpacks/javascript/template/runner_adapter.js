/**
 * Counts words and characters.
 *
 * @param {string} text - what to count
 * @param {number} [times] - how often the text counts {@minimum 1} {@integer}
 */
export function run___ALGO__(text, times = 1) {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return { words: words.length * times, characters: text.length * times };
}
