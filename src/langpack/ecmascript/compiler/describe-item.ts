import type { ts } from './typescript.js';
import type { AlgorithmFunction } from './describe-function.js';
import type { Parameters } from './describe-parameters.js';
import { declaredNode } from './object-schema.js';
import { SchemaBuilder } from './schema-builder.js';
import { SchemaDefinitions } from './schema-definitions.js';
import { elementNode, unwrapNode } from './type-nodes.js';

/** Describes what a `batch_*` function takes for each item: an object whose properties are the arguments. */
export function describeItem(values: ts.Symbol[], algorithm: AlgorithmFunction): Parameters | undefined {
  const { checker, problems, exportName, untyped } = algorithm;
  const [items, ...others] = values;
  const declaration = items?.valueDeclaration ?? algorithm.node;
  const refuse = (): undefined => {
    const message =
      'must take one list of objects, whose properties are the arguments, such as (items: { text: string }[])';
    problems.add(declaration, exportName, message);
    return undefined;
  };
  if (!items || others.length > 0) return refuse();
  const type = checker.getTypeOfSymbol(items);
  const [itemType] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
  if (!itemType) return refuse();
  const definitions = new SchemaDefinitions();
  const subject = `${exportName}, item of ${items.name}`;
  const builder = new SchemaBuilder(
    { checker, problems, untyped, subject, node: declaration, direction: 'input' },
    definitions,
  );
  const node = declaredNode(declaration);
  const schema = definitions.finish(builder.build(itemType, elementNode(node && unwrapNode(node))));
  if (schema.type !== 'object') return refuse();
  const full = { ...schema, properties: schema.properties ?? {} };
  return { schema: full, names: Object.keys(full.properties), asObject: true };
}
