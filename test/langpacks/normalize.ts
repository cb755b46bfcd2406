/** Schemas and values in one form, whatever way a language has of saying the same. */

type Node = Record<string, unknown>;

/**
 * A schema without references (but recursive ones, which become `{}`), with `const` as an `enum` of one, with `type`
 * lists and `oneOf` as `anyOf`, and with alternatives in a fixed order.
 */
export function normalizeSchema(schema: unknown): Node {
  return normalize(schema, schema as Node, []) as Node;
}

function normalize(schema: unknown, root: Node, inside: string[]): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, $defs: _, const: only, oneOf, discriminator: __, ...rest } = schema as Node;
  if (typeof $ref === 'string') return resolve($ref, rest, root, inside);
  const node: Node = { ...rest };
  if (only !== undefined) node['enum'] = [only];
  if (oneOf !== undefined) node['anyOf'] = oneOf;
  if (Array.isArray(node['type'])) return normalize(splitTypes(node), root, inside);
  return normalizeInside(node, root, inside);
}

function resolve($ref: string, rest: Node, root: Node, inside: string[]): unknown {
  if (inside.includes($ref)) return {};
  const target = $ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Node)[key], root);
  return {
    ...(normalize(target, root, [...inside, $ref]) as Node),
    ...(normalize(rest, root, inside) as Node),
  };
}

function splitTypes({ type, ...rest }: Node): Node {
  const branches = (type as string[]).map((one) => (one === 'null' ? { type: one } : { type: one, ...rest }));
  return { anyOf: branches };
}

function normalizeInside(node: Node, root: Node, inside: string[]): Node {
  for (const key of ['items', 'additionalProperties']) {
    if (node[key] !== undefined) node[key] = normalize(node[key], root, inside);
  }
  if (Array.isArray(node['prefixItems']))
    node['prefixItems'] = node['prefixItems'].map((one) => normalize(one, root, inside));
  if (node['properties']) {
    const entries = Object.entries(node['properties'] as Node).map(([name, one]) => [
      name,
      normalize(one, root, inside),
    ]);
    node['properties'] = Object.fromEntries(entries);
  }
  if (Array.isArray(node['required'])) node['required'] = [...(node['required'] as string[])].sort();
  if (Array.isArray(node['enum'])) node['enum'] = [...(node['enum'] as unknown[])].sort();
  if (Array.isArray(node['anyOf']))
    node['anyOf'] = sortAlternatives(node['anyOf'].map((one) => normalize(one, root, inside)));
  return node;
}

/** By kind first, so that a part of an alternative stands where the whole of it does. */
function sortAlternatives(alternatives: unknown[]): unknown[] {
  const rank = (one: unknown): string => {
    const { type, enum: values, properties } = one as Node;
    const kinds = Object.values((properties ?? {}) as Record<string, Node>).flatMap(
      (property) => property['enum'] ?? [],
    );
    return JSON.stringify([
      properties ? 'object' : (type ?? typeof (values as unknown[] | undefined)?.[0]),
      kinds,
    ]);
  };
  return alternatives.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A value with its dates in one notation. */
export function normalizeValue(value: unknown): unknown {
  if (typeof value === 'string') return DATE_TIME.test(value) ? new Date(value).toISOString() : value;
  if (Array.isArray(value)) return value.map(normalizeValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalizeValue(inner)]));
}
