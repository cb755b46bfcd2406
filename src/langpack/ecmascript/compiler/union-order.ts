import { ts } from './typescript.js';

/**
 * The compiler sorts a union's members by its own needs; readers like them as they were written. Where that is not
 * known, texts and numbers are sorted and null comes last.
 */
export function sortAsWritten(types: ts.Type[], order: ts.Type[]): ts.Type[] {
  const rank = (type: ts.Type): number => {
    const written = order.findIndex((one) => one === type || (one.isUnion() && one.types.includes(type)));
    if (written >= 0) return written;
    return type.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void)
      ? order.length + 1
      : order.length;
  };
  return types.sort((a, b) => rank(a) - rank(b) || compareLiterals(a, b));
}

function compareLiterals(a: ts.Type, b: ts.Type): number {
  const isNamed = (a.flags & ts.TypeFlags.EnumLiteral) !== 0;
  if (a.isStringLiteral() && b.isStringLiteral() && !isNamed) return a.value < b.value ? -1 : 1;
  return a.isNumberLiteral() && b.isNumberLiteral() && !isNamed ? a.value - b.value : 0;
}
