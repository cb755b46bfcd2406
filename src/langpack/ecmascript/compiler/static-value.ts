import { ts } from './typescript.js';

/** What an expression always is, or `undefined` as a whole when that cannot be told without running it. */
export interface StaticValue {
  value: unknown;
}

/** Evaluates literals, arithmetic on them, objects and lists of them, enum members, and constants that hold them. */
export function evaluate(node: ts.Expression, checker: ts.TypeChecker): StaticValue | undefined {
  const inner = ts.skipPartiallyEmittedExpressions(skipAssertions(node));
  if (ts.isObjectLiteralExpression(inner)) return evaluateObject(inner, checker);
  if (ts.isArrayLiteralExpression(inner)) return evaluateList(inner, checker);
  if (ts.isBinaryExpression(inner)) return evaluateArithmetic(inner, checker);
  if (inner.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isIdentifier(inner)) return evaluateConstant(inner, checker) ?? evaluateType(inner, checker);
  return evaluateType(inner, checker);
}

function skipAssertions(node: ts.Expression): ts.Expression {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) {
    return skipAssertions(node.expression);
  }
  return node;
}

/** The checker knows the value of whatever has a literal type. */
function evaluateType(node: ts.Expression, checker: ts.TypeChecker): StaticValue | undefined {
  const type = checker.getTypeAtLocation(node);
  if (type.isStringLiteral() || type.isNumberLiteral()) return { value: type.value };
  if (type.flags & ts.TypeFlags.BooleanLiteral) return { value: checker.typeToString(type) === 'true' };
  return undefined;
}

function evaluateObject(node: ts.ObjectLiteralExpression, checker: ts.TypeChecker): StaticValue | undefined {
  const value: Record<string, unknown> = {};
  for (const property of node.properties) {
    const inner = ts.isShorthandPropertyAssignment(property)
      ? property.name
      : ts.isPropertyAssignment(property)
        ? property.initializer
        : undefined;
    const name = property.name && ts.isComputedPropertyName(property.name) ? undefined : property.name?.text;
    const found = inner && evaluate(inner, checker);
    if (!found || name === undefined) return undefined;
    value[name] = found.value;
  }
  return { value };
}

function evaluateList(node: ts.ArrayLiteralExpression, checker: ts.TypeChecker): StaticValue | undefined {
  const items = node.elements.map((element) => evaluate(element, checker));
  return items.every((item) => item !== undefined) ? { value: items.map((item) => item.value) } : undefined;
}

function evaluateArithmetic(node: ts.BinaryExpression, checker: ts.TypeChecker): StaticValue | undefined {
  const left = evaluate(node.left, checker)?.value;
  const right = evaluate(node.right, checker)?.value;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.PlusToken:
      return { value: left + right };
    case ts.SyntaxKind.MinusToken:
      return { value: left - right };
    case ts.SyntaxKind.AsteriskToken:
      return { value: left * right };
    case ts.SyntaxKind.SlashToken:
      return { value: left / right };
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return { value: left ** right };
    default:
      return undefined;
  }
}

function evaluateConstant(node: ts.Identifier, checker: ts.TypeChecker): StaticValue | undefined {
  const symbol = symbolOf(node, checker);
  const declaration = symbol && resolveAlias(symbol, checker).valueDeclaration;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return undefined;
  const isConstant = ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const;
  return isConstant ? evaluate(declaration.initializer, checker) : undefined;
}

/** In `{ timeoutMs }` the name stands for a property and for a variable: the variable is meant. */
function symbolOf(node: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  if (ts.isShorthandPropertyAssignment(node.parent))
    return checker.getShorthandAssignmentValueSymbol(node.parent);
  return checker.getSymbolAtLocation(node);
}

/** What a name stands for, past imports and re-exports. */
export function resolveAlias(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}
