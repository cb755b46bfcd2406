import type { ts } from './typescript.js';
import type { Schema } from './schema.js';

interface Definition {
  /** What references to it hold while the document is made. */
  id: string;
  /** The name of the type, where it has one. */
  wanted: string | undefined;
  schema: Schema | undefined;
  uses: number;
}

const PREFIX = '#/$defs/';

/**
 * The shared types of one schema document. While it is made every object type is a reference; at the end those that are
 * used once are put in place, so that `$defs` holds only what repeats or contains itself.
 */
export class SchemaDefinitions {
  readonly #byType = new Map<ts.Type, Definition>();
  readonly #byId = new Map<string, Definition>();

  /** A reference to the type's schema, which is built when it is met for the first time. */
  refer(type: ts.Type, name: string | undefined, build: () => Schema): Schema {
    const known = this.#byType.get(type) ?? this.#define(type, name, build);
    known.uses += 1;
    return { $ref: known.id };
  }

  #define(type: ts.Type, name: string | undefined, build: () => Schema): Definition {
    const definition: Definition = { id: `${this.#byId.size}`, wanted: name, schema: undefined, uses: 0 };
    this.#byType.set(type, definition);
    this.#byId.set(definition.id, definition);
    definition.schema = build();
    return definition;
  }

  /** The finished document. */
  finish(root: Schema): Schema {
    const kept = new KeptDefinitions();
    const finished = this.#place(this.#expandTop(root), kept);
    return kept.isEmpty ? finished : { ...finished, $defs: kept.schemas };
  }

  /** The root itself is no reference where that can be helped: its reader wants to see what it is. */
  #expandTop(root: Schema): Schema {
    const target = this.#targetOf(root);
    return target && !this.#isRecursive(target) ? merge(target.schema, root) : root;
  }

  #place(schema: Schema, kept: KeptDefinitions): Schema {
    const target = this.#targetOf(schema);
    if (!target) return mapSchemas(schema, (inner) => this.#place(inner, kept));
    if (target.uses === 1 && !this.#isRecursive(target))
      return this.#place(merge(target.schema, schema), kept);
    const name = kept.nameOf(target) ?? kept.add(target, () => this.#place(target.schema ?? {}, kept));
    return { ...schema, $ref: PREFIX + name };
  }

  #targetOf(schema: Schema): Definition | undefined {
    return schema.$ref === undefined ? undefined : this.#byId.get(schema.$ref);
  }

  #isRecursive(definition: Definition): boolean {
    const seen = new Set<Definition>();
    const visit = (schema: Schema): boolean => {
      const target = this.#targetOf(schema);
      if (target === definition) return true;
      if (target && seen.has(target)) return false;
      if (target) seen.add(target);
      return innerSchemas(target?.schema ?? schema).some(visit);
    };
    return innerSchemas(definition.schema ?? {}).some(visit);
  }
}

/** The definitions that stay in a finished document, by name. */
class KeptDefinitions {
  readonly schemas: Record<string, Schema> = {};
  readonly #names = new Map<Definition, string>();

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  nameOf(definition: Definition): string | undefined {
    return this.#names.get(definition);
  }

  /** The name is taken before the schema is built, for the schema may refer to it. */
  add(definition: Definition, build: () => Schema): string {
    const name = this.#freeName(definition.wanted);
    this.#names.set(definition, name);
    this.schemas[name] = {};
    this.schemas[name] = build();
    return name;
  }

  #freeName(wanted: string | undefined): string {
    const base = wanted !== undefined && /^[A-Za-z]\w*$/.test(wanted) ? wanted : 'Object';
    let name = base;
    for (let count = 2; Object.hasOwn(this.schemas, name); count += 1) name = `${base}${count}`;
    return name;
  }
}

/** What stands beside a reference, such as a description, counts more than what it refers to. */
function merge(target: Schema | undefined, { $ref: _, ...beside }: Schema): Schema {
  return { ...target, ...beside };
}

const LISTS = ['anyOf', 'oneOf', 'prefixItems'] as const;
const RECORDS = ['properties', 'patternProperties'] as const;
const SINGLES = ['items', 'additionalProperties', 'not'] as const;

function innerSchemas(schema: Schema): Schema[] {
  const lists = LISTS.flatMap((key) => schema[key] ?? []);
  const records = RECORDS.flatMap((key) => Object.values(schema[key] ?? {}));
  const singles = SINGLES.flatMap((key) => schema[key] ?? []).filter((one) => typeof one === 'object');
  return [...lists, ...records, ...singles];
}

function mapSchemas(schema: Schema, map: (inner: Schema) => Schema): Schema {
  const mapped: Schema = { ...schema };
  for (const key of LISTS) if (schema[key]) mapped[key] = schema[key].map(map);
  for (const key of RECORDS) {
    const inner = schema[key];
    if (inner) mapped[key] = Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, map(one)]));
  }
  if (schema.not) mapped.not = map(schema.not);
  for (const key of ['items', 'additionalProperties'] as const) {
    const inner = schema[key];
    if (typeof inner === 'object') mapped[key] = map(inner);
  }
  return mapped;
}
