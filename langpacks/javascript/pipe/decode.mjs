/**
 * Puts bytes in the place of every `{"$binary": base64}`, at any depth; the value itself is changed.
 *
 * @param {unknown} value - freshly parsed JSON
 */
export function reviveBinary(value) {
  if (typeof value !== 'object' || value === null) return value;
  if (typeof value.$binary === 'string' && Object.keys(value).length === 1)
    return Buffer.from(value.$binary, 'base64');
  for (const key of Object.keys(value)) value[key] = reviveBinary(value[key]);
  return value;
}

/**
 * A function that puts dates, big integers and array buffers where the schema's `x-type` marks them, or undefined when
 * it marks nothing, so that most algorithms pay nothing.
 *
 * @param {unknown} schema
 * @param {unknown} [root] - the document its references are relative to
 * @returns {((value: any) => any) | undefined}
 */
export function compileDecoder(schema, root = schema) {
  return new DecoderCompiler(root).compile(schema);
}

const conversions = {
  date: (value) => (typeof value === 'string' ? new Date(value) : value),
  bigint: (value) => (typeof value === 'string' || typeof value === 'number' ? BigInt(value) : value),
  arraybuffer: (value) =>
    value instanceof Uint8Array
      ? value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
      : value,
};

class DecoderCompiler {
  #root;
  /** By reference; present while one is compiled, so that a type may contain itself. */
  #byReference = new Map();

  constructor(root) {
    this.#root = root;
  }

  compile(schema) {
    if (typeof schema !== 'object' || schema === null) return undefined;
    const own = conversions[schema['x-type']];
    if (own) return own;
    if (typeof schema.$ref === 'string') return this.#reference(schema.$ref);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return this.#choice(choices);
    return schema.items || schema.prefixItems ? this.#list(schema) : this.#object(schema);
  }

  #reference(reference) {
    if (!mentionsConversion(this.#resolve(reference), (ref) => this.#resolve(ref))) return undefined;
    const known = this.#byReference.get(reference);
    if (known) return known;
    let decode;
    const late = (value) => decode(value);
    this.#byReference.set(reference, late);
    decode = this.compile(this.#resolve(reference)) ?? ((value) => value);
    return late;
  }

  #resolve(reference) {
    return reference
      .split('/')
      .slice(1)
      .reduce((node, key) => node?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], this.#root);
  }

  /** The first alternative that fits the value decodes it; a plain string stays one where it may be one. */
  #choice(choices) {
    const decoders = choices.map((choice) => this.compile(choice));
    if (decoders.every((decode) => decode === undefined)) return undefined;
    const order = choices
      .map((_, index) => index)
      .sort((a, b) => (decoders[a] ? 1 : 0) - (decoders[b] ? 1 : 0));
    return (value) => {
      const index = order.find((one) => fits(value, choices[one], (ref) => this.#resolve(ref)));
      return (index === undefined ? undefined : decoders[index])?.(value) ?? value;
    };
  }

  #list(schema) {
    const heads = (schema.prefixItems ?? []).map((item) => this.compile(item));
    const rest = this.compile(schema.items);
    if (!rest && !heads.some(Boolean)) return undefined;
    return (value) => {
      if (!Array.isArray(value)) return value;
      return value.map((item, index) =>
        index < heads.length ? (heads[index]?.(item) ?? item) : rest ? rest(item) : item,
      );
    };
  }

  #object(schema) {
    const named = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
      const decode = this.compile(property);
      return decode ? [[key, decode]] : [];
    });
    const known = new Set(Object.keys(schema.properties ?? {}));
    const patterns = Object.entries(schema.patternProperties ?? {}).map(([pattern, one]) => [
      new RegExp(pattern, 'u'),
      this.compile(one),
    ]);
    const others = this.compile(schema.additionalProperties);
    if (named.length === 0 && !others && !patterns.some(([, decode]) => decode)) return undefined;
    return (value) => {
      if (typeof value !== 'object' || value === null) return value;
      for (const [key, decode] of named) if (Object.hasOwn(value, key)) value[key] = decode(value[key]);
      if (!others && patterns.length === 0) return value;
      for (const key of Object.keys(value)) {
        if (known.has(key)) continue;
        const decode = patterns.find(([pattern]) => pattern.test(key))?.[1] ?? others;
        if (decode) value[key] = decode(value[key]);
      }
      return value;
    };
  }
}

function mentionsConversion(schema, resolve, seen = new Set()) {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false;
  seen.add(schema);
  if (conversions[schema['x-type']]) return true;
  if (typeof schema.$ref === 'string') return mentionsConversion(resolve(schema.$ref), resolve, seen);
  return Object.values(schema).some((inner) => mentionsConversion(inner, resolve, seen));
}

const typeTests = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** Enough of a validator to tell the alternatives of a union apart; the parent has validated the value as a whole. */
function fits(value, schema, resolve) {
  if (typeof schema === 'boolean') return schema;
  if (schema.$ref) return fits(value, resolve(schema.$ref), resolve);
  if (schema['x-type'] === 'arraybuffer' || schema['x-type'] === 'bytes') return value instanceof Uint8Array;
  if ('const' in schema && schema.const !== value) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (schema['x-type'] === 'date' && Number.isNaN(Date.parse(value))) return false;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices && !choices.some((choice) => fits(value, choice, resolve))) return false;
  if (schema.type && ![schema.type].flat().some((type) => typeTests[type]?.(value))) return false;
  if (typeTests.array(value))
    return value.every((item, index) =>
      fits(item, schema.prefixItems?.[index] ?? schema.items ?? true, resolve),
    );
  return !typeTests.object(value) || fitsObject(value, schema, resolve);
}

function fitsObject(value, schema, resolve) {
  if (schema.required?.some((key) => !Object.hasOwn(value, key))) return false;
  return Object.keys(value).every((key) =>
    fits(value[key], schema.properties?.[key] ?? schema.additionalProperties ?? true, resolve),
  );
}
