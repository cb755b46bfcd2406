import { takesArguments, type Descriptor, type JsonSchema } from '../protocol/index.js';

/**
 * An algorithm's input as `GET /schemas` shows it: with the titles that readers of the original workers expect, and
 * without an empty `required`.
 */
export function toRequestModel({ name, input }: Descriptor): JsonSchema {
  const modelTitle = `AlgorithmRequestModel_${name}`;
  if (!takesArguments(input)) return { ...(typeof input === 'object' && input), title: modelTitle };
  const {
    title: _,
    properties,
    required,
    additionalProperties,
    ...rest
  } = typeof input === 'boolean' ? {} : input;
  return {
    title: modelTitle,
    type: 'object',
    properties: titleProperties(properties),
    ...(Array.isArray(required) && required.length > 0 && { required }),
    ...(additionalProperties !== undefined && { additionalProperties }),
    ...rest,
  };
}

function titleProperties(properties: unknown): JsonSchema {
  const entries = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
  return Object.fromEntries(
    entries.map(([name, schema]) => [name, isTitled(schema) ? schema : titled(name, schema)]),
  );
}

/** What a reference leads to has its own title. */
function isTitled(schema: JsonSchema): boolean {
  return schema === false || (typeof schema === 'object' && ('title' in schema || '$ref' in schema));
}

function titled(name: string, schema: JsonSchema): JsonSchema {
  return { title: toTitle(name), ...(typeof schema === 'object' && schema) };
}

/** `image_url` becomes `Image Url`, as Python's `title()` has it: a letter after no letter is large, all others small. */
function toTitle(name: string): string {
  return name
    .replaceAll(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .replaceAll('_', ' ');
}
