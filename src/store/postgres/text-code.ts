/** What JSON escapes in a string: PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NEEDS_ESCAPE = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** A name as it is kept in a column: itself, or with escapes as inside a JSON string. */
export function encodeText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}

export function decodeText(kept: string): string {
  return kept.includes('\\') ? (JSON.parse(`"${kept}"`) as string) : kept;
}
