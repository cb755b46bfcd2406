import { ts } from './typescript.js';
import type { Schema } from './schema.js';
import type { SchemaBuilder } from './schema-builder.js';

/** `[string, number?, ...boolean[]]` as `prefixItems` and bounds. */
export function buildTuple(
  builder: SchemaBuilder,
  type: ts.TupleTypeReference,
  hint: ts.TypeNode | undefined,
): Schema {
  const { elementFlags } = type.target;
  const elements = builder.checker.getTypeArguments(type);
  const restAt = elementFlags.findIndex((flags) => flags & ts.ElementFlags.Variable);
  if (restAt >= 0 && restAt < elements.length - 1) {
    return builder.refuse('is a tuple with an open middle; put the rest element last');
  }
  const nodes = hint && ts.isTupleTypeNode(hint) ? hint.elements : undefined;
  const schemas = elements.map((element, index) =>
    builder.inside(stepTo(index, elementFlags), undefined, () =>
      builder.build(element, tupleElementNode(nodes?.[index])),
    ),
  );
  const heads = restAt < 0 ? schemas : schemas.slice(0, restAt);
  const rest = restAt < 0 ? undefined : schemas[restAt];
  return {
    type: 'array',
    ...(heads.length > 0 && { prefixItems: heads }),
    items: rest ?? false,
    minItems: elementFlags.filter((flags) => flags & ts.ElementFlags.Required).length,
    ...(!rest && { maxItems: heads.length }),
  };
}

function stepTo(index: number, flags: readonly ts.ElementFlags[]): string {
  return (flags[index] ?? 0) & ts.ElementFlags.Optional ? `[${index}?]` : `[${index}]`;
}

function tupleElementNode(node: ts.TypeNode | undefined): ts.TypeNode | undefined {
  if (!node) return undefined;
  if (ts.isNamedTupleMember(node) || ts.isOptionalTypeNode(node)) return node.type;
  if (!ts.isRestTypeNode(node)) return node;
  return ts.isArrayTypeNode(node.type) ? node.type.elementType : undefined;
}
