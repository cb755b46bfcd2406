import type { ts } from './typescript.js';
import type { AlgorithmDescription } from '../description.js';
import { describeItem } from './describe-item.js';
import { describeParameters, splitContext, type Parameters } from './describe-parameters.js';
import { describeResult, type Result } from './describe-result.js';
import { docOfSymbol } from './doc-comment.js';
import type { Problems } from './problems.js';

/** An exported function on its way to being described. */
export interface AlgorithmFunction {
  checker: ts.TypeChecker;
  problems: Problems;
  untyped: 'anything' | 'refused';
  /** The function itself, past re-exports. */
  symbol: ts.Symbol;
  exportName: string;
  algorithm: string;
  isBatch: boolean;
  type: ts.Type;
  /** Where it is declared. */
  node: ts.Node;
}

/** Describes one function; nothing, and at least one problem, when it cannot be. */
export function describeFunction(algorithm: AlgorithmFunction): AlgorithmDescription[] {
  const signature = onlySignature(algorithm);
  if (!signature) return [];
  const { values, context } = splitContext(signature, algorithm);
  const parameters = algorithm.isBatch
    ? describeItem(values, algorithm)
    : describeParameters(values, algorithm);
  if (!parameters) return [];
  const result = describeResult(signature, algorithm);
  return [assemble(algorithm, parameters, result, context)];
}

function onlySignature({ type, problems, node, exportName }: AlgorithmFunction): ts.Signature | undefined {
  const signatures = type.getCallSignatures();
  const [signature] = signatures;
  if (!signature) {
    problems.add(node, exportName, 'has a type that cannot be resolved; give it a function type');
    return undefined;
  }
  if (signatures.length > 1) {
    problems.add(
      node,
      exportName,
      `has ${signatures.length} overloads; an algorithm has one, so use unions or defaults`,
    );
    return undefined;
  }
  const [typeParameter] = signature.typeParameters ?? [];
  if (!typeParameter) return signature;
  problems.add(
    node,
    exportName,
    `has the type parameter ${typeParameter.symbol.name}; an algorithm needs concrete types`,
  );
  return undefined;
}

function assemble(
  { symbol, checker, algorithm, exportName, isBatch }: AlgorithmFunction,
  parameters: Parameters,
  result: Result,
  context: boolean,
): AlgorithmDescription {
  const { description } = docOfSymbol(symbol, checker);
  return {
    name: algorithm,
    ...(description !== undefined && { description }),
    mode: isBatch ? 'batch' : result.streams ? 'stream' : 'unary',
    input: { ...parameters.schema },
    ...(result.schema && { output: { ...result.schema } }),
    export: exportName,
    parameters: parameters.names,
    object: parameters.asObject,
    context,
    async: result.async,
  };
}
