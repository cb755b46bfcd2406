/** Longest piece of a caller's own value that is repeated in a message. */
const MAX_SHOWN = 60;

/** A value as a sentence can hold it: `string "abc"`, `number 5`, `null`, `array of 3`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (typeof value === 'object') return 'object';
  if (typeof value === 'string') return `string ${JSON.stringify(shorten(value))}`;
  return `${typeof value} ${shorten(JSON.stringify(value))}`;
}

/** What a schema allows, in a few words: `string or null`, `one of "a", "b"`. */
export function describeExpected(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return 'a value';
  const { const: constant, enum: options, type, anyOf, oneOf, $ref } = schema as Record<string, unknown>;
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(options)) return `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.join(' or ');
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return [...new Set(branches.map(describeExpected))].join(' or ');
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? 'a value';
  return 'a value';
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
