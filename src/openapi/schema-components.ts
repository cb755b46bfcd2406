import type { JsonSchema } from '../protocol/index.js';

/** Keywords whose value is data, never a schema: what looks like a reference inside them is none. */
const DATA_KEYWORDS = new Set(['const', 'enum', 'default', 'example', 'examples']);

/** Keywords whose value is a map: its keys are names that callers chose, not keywords. */
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', 'dependentSchemas']);

/** Where the definitions of a schema may stand: today's keyword, and the one pydantic 1 writes. */
const DEFINITION_KEYWORDS = ['$defs', 'definitions'];

/**
 * Schemas of a document under `#/components/schemas`. A schema's own definitions move there too and its references
 * follow them: inside a larger document `#/$defs/X` would point to the document's root.
 */
export class SchemaComponents {
  readonly schemas: Record<string, JsonSchema> = {};

  /** Puts a schema under a name made of the wanted one, and gives the reference to it. */
  add(wanted: string, schema: JsonSchema): { $ref: string } {
    const name = this.#reserve(wanted);
    const moved = new Map<string, string>([['#', pointerTo(name)]]);
    if (typeof schema === 'boolean') {
      this.schemas[name] = schema;
      return { $ref: pointerTo(name) };
    }
    const definitions = this.#reserveDefinitions(name, schema, moved);
    this.schemas[name] = rewrite(withoutDefinitions(schema), moved) as JsonSchema;
    for (const [target, definition] of definitions)
      this.schemas[target] = rewrite(definition, moved) as JsonSchema;
    return { $ref: pointerTo(name) };
  }

  #reserveDefinitions(name: string, schema: object, moved: Map<string, string>): [string, unknown][] {
    const found: [string, unknown][] = [];
    for (const keyword of DEFINITION_KEYWORDS) {
      const definitions = (schema as Record<string, unknown>)[keyword];
      if (!isObject(definitions)) continue;
      for (const [key, definition] of Object.entries(definitions)) {
        const target = this.#reserve(`${name}.${key}`);
        moved.set(`#/${keyword}/${escapePointer(key)}`, pointerTo(target));
        found.push([target, definition]);
      }
    }
    return found;
  }

  #reserve(wanted: string): string {
    const base = wanted.replaceAll(/[^\w.-]/g, '.');
    let name = base;
    for (let number = 2; Object.hasOwn(this.schemas, name); number++) name = `${base}_${number}`;
    this.schemas[name] = true;
    return name;
  }
}

function withoutDefinitions(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !DEFINITION_KEYWORDS.includes(key)));
}

function rewrite(value: unknown, moved: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, moved));
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === '$ref' && typeof item === 'string') copy[key] = follow(item, moved);
    else if (MAP_KEYWORDS.has(key) && isObject(item)) copy[key] = rewriteMap(item, moved);
    else copy[key] = DATA_KEYWORDS.has(key) ? item : rewrite(item, moved);
  }
  return copy;
}

function rewriteMap(map: Record<string, unknown>, moved: Map<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, schema]) => [key, rewrite(schema, moved)]));
}

/** A reference may point below a definition: its longest moved beginning is replaced. */
function follow(reference: string, moved: Map<string, string>): string {
  for (let end = reference.length; end > 0; end = reference.lastIndexOf('/', end - 1)) {
    const target = moved.get(reference.slice(0, end));
    if (target !== undefined) return target + reference.slice(end);
  }
  return reference;
}

const pointerTo = (name: string): string => `#/components/schemas/${name}`;

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
