import { ts } from './typescript.js';
import { resolveAlias } from './static-value.js';

/** A type node without the brackets and `readonly` around it. */
export function unwrapNode(node: ts.TypeNode): ts.TypeNode {
  if (ts.isParenthesizedTypeNode(node)) return unwrapNode(node.type);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return unwrapNode(node.type);
  if (ts.isJSDocTypeExpression(node) || ts.isJSDocOptionalType(node) || ts.isJSDocNonNullableType(node))
    return unwrapNode(node.type);
  return node;
}

/** What a type node refers to by name, if it is such a one. */
export function referencedSymbol(node: ts.TypeNode, checker: ts.TypeChecker): ts.Symbol | undefined {
  return ts.isTypeReferenceNode(node) ? checker.getSymbolAtLocation(node.typeName) : undefined;
}

/** What an alias stands for, as it was written: `type Name = ...`, or `@typedef {...} Name` in JavaScript. */
export interface AliasDeclaration {
  declaration: ts.TypeAliasDeclaration | ts.JSDocTypedefTag;
  /** Absent for a typedef that lists properties, and for an alias with type parameters: those depend on who uses it. */
  node?: ts.TypeNode;
}

/** The declaration of an alias; undefined for every other symbol. */
export function aliasDeclaration(
  symbol: ts.Symbol | undefined,
  checker: ts.TypeChecker,
): AliasDeclaration | undefined {
  const declarations = (symbol && resolveAlias(symbol, checker).declarations) ?? [];
  const alias = declarations.find(ts.isTypeAliasDeclaration);
  if (alias) return { declaration: alias, ...(!alias.typeParameters && { node: unwrapNode(alias.type) }) };
  const typedef = declarations.find(ts.isJSDocTypedefTag);
  if (!typedef) return undefined;
  const { typeExpression } = typedef;
  const node =
    typeExpression && ts.isJSDocTypeExpression(typeExpression) ? unwrapNode(typeExpression.type) : undefined;
  return { declaration: typedef, ...(node && { node }) };
}

/** The node of an array's elements. */
export function elementNode(node: ts.TypeNode | undefined): ts.TypeNode | undefined {
  if (!node) return undefined;
  if (ts.isArrayTypeNode(node)) return node.elementType;
  const isArray = ts.isTypeReferenceNode(node) && /^(Readonly)?Array$/.test(node.typeName.getText());
  return isArray ? node.typeArguments?.[0] : undefined;
}

/** The nodes of a union's members by their types, in the order they were written. */
export function memberNodes(
  node: ts.TypeNode | undefined,
  checker: ts.TypeChecker,
): Map<ts.Type, ts.TypeNode> {
  const found = new Map<ts.Type, ts.TypeNode>();
  if (node) collectMembers(unwrapNode(node), checker, found, new Set());
  return found;
}

function collectMembers(
  node: ts.TypeNode,
  checker: ts.TypeChecker,
  found: Map<ts.Type, ts.TypeNode>,
  seen: Set<ts.Node>,
): void {
  if (seen.has(node)) return;
  seen.add(node);
  const symbol = referencedSymbol(node, checker);
  const alias = aliasDeclaration(symbol, checker);
  const type = checker.getTypeFromTypeNode(node);
  if (ts.isUnionTypeNode(node))
    node.types.forEach((one) => collectMembers(unwrapNode(one), checker, found, seen));
  else if (alias?.node && type.isUnion()) collectMembers(alias.node, checker, found, seen);
  else if (!found.has(type)) found.set(type, node);
}
