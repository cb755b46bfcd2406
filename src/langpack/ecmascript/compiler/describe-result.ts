import { ts } from './typescript.js';
import type { AlgorithmFunction } from './describe-function.js';
import type { docOfSymbol } from './doc-comment.js';
import { parseDocComment } from './doc-comment.js';
import { platformName } from './known-types.js';
import type { Schema } from './schema.js';
import { SchemaBuilder } from './schema-builder.js';
import { SchemaDefinitions } from './schema-definitions.js';
import { elementNode, unwrapNode } from './type-nodes.js';

/** What a function gives back. */
export interface Result {
  /** Schema of the result, or of one chunk; absent where nothing is known. */
  schema?: Schema;
  streams: boolean;
  async: boolean;
}

/** Describes what a function gives, once awaited: a value, or the chunks of a generator. */
export function describeResult(signature: ts.Signature, algorithm: AlgorithmFunction): Result {
  const { checker } = algorithm;
  const returned = signature.getReturnType();
  const awaited = checker.getAwaitedType(returned) ?? returned;
  const node = resultNode(signature, algorithm);
  const valueNode = awaited === returned ? node : argumentOf(node);
  const chunk = algorithm.isBatch ? undefined : chunkType(awaited, algorithm);
  const isAsync = awaited !== returned || chunk?.async === true;
  if (chunk) {
    return { ...describeValue(chunk.type, argumentOf(valueNode), algorithm), streams: true, async: isAsync };
  }
  if (algorithm.isBatch)
    return { ...describeBatch(awaited, valueNode, algorithm), streams: false, async: isAsync };
  return { ...describeValue(awaited, valueNode, algorithm), streams: false, async: isAsync };
}

function describeValue(
  type: ts.Type,
  node: ts.TypeNode | undefined,
  algorithm: AlgorithmFunction,
): { schema?: Schema } {
  const { checker, problems, untyped, exportName, node: place } = algorithm;
  if (type.flags & ts.TypeFlags.Any && untyped === 'anything' && !node) return {};
  const definitions = new SchemaDefinitions();
  const builder = new SchemaBuilder(
    {
      checker,
      problems,
      untyped,
      subject: `${exportName}, result`,
      node: node ?? place,
      direction: 'output',
    },
    definitions,
  );
  const schema = definitions.finish(builder.build(type, node));
  return { schema: builder.document(schema, docOfResult(algorithm)) };
}

/** `@returns text {@minimum 0}`. */
function docOfResult({ symbol, checker }: AlgorithmFunction): ReturnType<typeof docOfSymbol> {
  const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'returns' || name === 'return');
  return parseDocComment(ts.displayPartsToString(tag?.text), []);
}

/** One result a piece; an Error may stand in the place of one. */
function describeBatch(
  type: ts.Type,
  node: ts.TypeNode | undefined,
  algorithm: AlgorithmFunction,
): { schema?: Schema } {
  const { checker, problems, exportName } = algorithm;
  if (type.flags & ts.TypeFlags.Any && algorithm.untyped === 'anything') return {};
  const [element] = checker.isArrayType(type) ? checker.getTypeArguments(type as ts.TypeReference) : [];
  if (!element) {
    problems.add(algorithm.node, exportName, 'must return a list with one result for each item');
    return {};
  }
  return describeUnion(element, node && elementNode(unwrapNode(node)), algorithm);
}

function describeUnion(
  element: ts.Type,
  node: ts.TypeNode | undefined,
  algorithm: AlgorithmFunction,
): { schema?: Schema } {
  const members = element.isUnion() ? element.types.filter((one) => !isError(one, algorithm.checker)) : [];
  const hasErrors = element.isUnion() && members.length < element.types.length;
  if (!hasErrors) return describeValue(element, node, algorithm);
  const described = members.map((one) => describeValue(one, undefined, algorithm).schema ?? {});
  const [only] = described;
  return { schema: described.length === 1 && only ? only : { anyOf: described } };
}

function isError(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (platformName(type) === 'Error') return true;
  return type.isClassOrInterface() && checker.getBaseTypes(type).some((base) => isError(base, checker));
}

/** The type of what a generator or a stream gives; undefined for values. */
function chunkType(
  type: ts.Type,
  { checker }: AlgorithmFunction,
): { type: ts.Type; async: boolean } | undefined {
  const name = platformName(type);
  const isAsync =
    /^(AsyncGenerator|AsyncIterable|AsyncIterableIterator|AsyncIteratorObject|ReadableStream)$/.test(
      name ?? '',
    );
  if (!isAsync && !/^(Generator|IterableIterator|IteratorObject)$/.test(name ?? '')) return undefined;
  const [chunk] = checker.getTypeArguments(type as ts.TypeReference);
  return { type: chunk ?? checker.getAnyType(), async: isAsync };
}

function resultNode(signature: ts.Signature, { symbol }: AlgorithmFunction): ts.TypeNode | undefined {
  const declaration = signature.getDeclaration() as ts.SignatureDeclaration | undefined;
  const returnType = declaration?.type ?? (declaration && ts.getJSDocReturnType(declaration));
  const own = symbol.valueDeclaration;
  return returnType ?? (own && ts.getJSDocReturnType(own));
}

/** `Promise<Score>` → `Score`, `AsyncGenerator<Score, void>` → `Score`. */
function argumentOf(node: ts.TypeNode | undefined): ts.TypeNode | undefined {
  const inner = node && unwrapNode(node);
  return inner && ts.isTypeReferenceNode(inner) ? inner.typeArguments?.[0] : undefined;
}
