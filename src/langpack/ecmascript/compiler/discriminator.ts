import { ts } from './typescript.js';
import type { Schema } from './schema.js';

/**
 * The property that tells the members of a union apart, for `oneOf`: each member requires it, with a text of its own.
 * It lets messages speak of the one alternative that was meant instead of all of them.
 */
export function discriminatorOf(types: readonly ts.Type[], checker: ts.TypeChecker): Schema | undefined {
  const [first] = types;
  if (
    !first ||
    types.length < 2 ||
    types.some((type) => !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)))
  )
    return undefined;
  const propertyName = checker
    .getPropertiesOfType(first)
    .map((property) => property.name)
    .find((name) => areDistinct(types.map((type) => tagOf(type, name, checker))));
  return propertyName === undefined ? undefined : { discriminator: { propertyName } };
}

function tagOf(type: ts.Type, name: string, checker: ts.TypeChecker): string | undefined {
  const property = checker.getPropertyOfType(type, name);
  const declaration = property?.valueDeclaration;
  if (!property || !declaration || property.flags & ts.SymbolFlags.Optional) return undefined;
  const tag = checker.getTypeOfSymbolAtLocation(property, declaration);
  return tag.isStringLiteral() ? tag.value : undefined;
}

function areDistinct(tags: (string | undefined)[]): boolean {
  return tags.every((tag) => tag !== undefined) && new Set(tags).size === tags.length;
}
