import { ts } from './typescript.js';
import { ALGORITHM_NAME } from '../../../protocol/descriptor.js';
import type { AlgorithmDescription, StaticLimits } from '../description.js';
import { parseFunctionName } from './algorithm-names.js';
import { describeFunction, type AlgorithmFunction } from './describe-function.js';
import type { Problems } from './problems.js';
import { evaluate, resolveAlias } from './static-value.js';

export interface AdapterDescription {
  algorithms: AlgorithmDescription[];
  limits?: StaticLimits;
}

/** Finds the algorithms among a module's exports and describes each. */
export function describeAdapter(
  program: ts.Program,
  adapter: string,
  problems: Problems,
  untyped: 'anything' | 'refused',
): AdapterDescription {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(adapter);
  const moduleSymbol = file && moduleOf(file, checker);
  const exports = moduleSymbol ? exportsOf(moduleSymbol, checker) : [];
  const functions = exports.flatMap((symbol) => findFunction(symbol, checker));
  checkNames(functions, problems);
  const algorithms = functions.flatMap((found) => describeFunction({ checker, problems, untyped, ...found }));
  if (algorithms.length === 0 && problems.list.length === 0)
    problems.addAt(undefined, undefined, noAlgorithm(file, checker));
  const limits = staticLimits(
    exports.find((symbol) => symbol.name === 'limits'),
    checker,
    problems,
  );
  return { algorithms, ...(limits && { limits }) };
}

/** The compiler hands out only the symbols of ES modules; a CommonJS file has one all the same. */
function moduleOf(file: ts.SourceFile, checker: ts.TypeChecker): ts.Symbol | undefined {
  return checker.getSymbolAtLocation(file) ?? (file as { symbol?: ts.Symbol }).symbol;
}

/** What a module exports by name, and the properties of the object in `module.exports = {...}`. */
function exportsOf(moduleSymbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const whole = moduleSymbol.exports?.get(ts.InternalSymbolName.ExportEquals);
  const named = checker.getExportsOfModule(moduleSymbol);
  if (!whole) return named;
  const properties = checker.getPropertiesOfType(checker.getTypeOfSymbol(resolveAlias(whole, checker)));
  return [...new Map([...named, ...properties].map((symbol) => [symbol.name, symbol])).values()];
}

type FoundFunction = Omit<AlgorithmFunction, 'checker' | 'problems' | 'untyped'>;

function findFunction(exported: ts.Symbol, checker: ts.TypeChecker): FoundFunction[] {
  const name = parseFunctionName(exported.name);
  const symbol = resolveAlias(exported, checker);
  const node = symbol.valueDeclaration ?? exported.declarations?.[0];
  if (!name || !node || !(symbol.flags & ts.SymbolFlags.Value)) return [];
  const type = checker.getTypeOfSymbol(symbol);
  return isCallable(type) ? [{ ...name, symbol, exportName: exported.name, type, node }] : [];
}

/** A constant that happens to be called `run_id` is no algorithm; a value of unknown type may well be one. */
function isCallable(type: ts.Type): boolean {
  return type.getCallSignatures().length > 0 || (type.flags & ts.TypeFlags.Any) !== 0;
}

function checkNames(functions: readonly FoundFunction[], problems: Problems): void {
  const byName = new Map<string, string>();
  for (const { algorithm, exportName, node } of functions) {
    const other = byName.get(algorithm);
    byName.set(algorithm, exportName);
    if (other !== undefined)
      problems.add(node, exportName, `and ${other} are both the algorithm ${algorithm}; rename one`);
    if (ALGORITHM_NAME.test(algorithm)) continue;
    problems.add(
      node,
      exportName,
      `names an algorithm ${JSON.stringify(algorithm)}; use letters, digits and _ only`,
    );
  }
}

function noAlgorithm(file: ts.SourceFile | undefined, checker: ts.TypeChecker): string {
  const local = file
    ? checker.getSymbolsInScope(file, ts.SymbolFlags.Function | ts.SymbolFlags.Variable)
    : [];
  const forgotten = local.find(
    (symbol) => symbol.valueDeclaration?.getSourceFile() === file && parseFunctionName(symbol.name),
  );
  const hint = forgotten
    ? `${forgotten.name} is not exported; put export before it`
    : 'export a function named run_<algorithm>';
  return `The adapter exports no algorithm: ${hint}`;
}

function staticLimits(
  symbol: ts.Symbol | undefined,
  checker: ts.TypeChecker,
  problems: Problems,
): StaticLimits | undefined {
  const declaration = symbol && resolveAlias(symbol, checker).valueDeclaration;
  if (!declaration) return undefined;
  const initializer = initializerOf(declaration);
  const found = initializer && evaluate(initializer, checker);
  if (found) return { value: found.value, place: problems.placeOf(declaration) };
  problems.add(
    declaration,
    'limits',
    'must be written out as a literal object, so that it can be read without running the code',
  );
  return undefined;
}

/** `export const limits = {...}`, `exports.limits = {...}`, `module.exports = { limits: {...} }`. */
function initializerOf(declaration: ts.Declaration): ts.Expression | undefined {
  if (ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration))
    return declaration.initializer;
  if (ts.isShorthandPropertyAssignment(declaration)) return declaration.name;
  const assignment = ts.isBinaryExpression(declaration) ? declaration : declaration.parent;
  return ts.isBinaryExpression(assignment) ? assignment.right : undefined;
}
