import { ts } from './typescript.js';
import type { Schema } from './schema.js';

/** Schema of a type that has one value; undefined for an enum whose values only running it would tell. */
export function literalSchema(type: ts.Type, checker: ts.TypeChecker): Schema | undefined {
  const value = literalValue(type, checker);
  return value === undefined ? undefined : { type: typeOf([value]), const: value };
}

/** Schemas of a union's one-value members: one for the texts, one for the numbers, one for true and false. */
export function literalsSchema(types: readonly ts.Type[], checker: ts.TypeChecker): Schema[] {
  const values = types.map((type) => literalValue(type, checker));
  const groups = ['string', 'number', 'boolean'].map((kind) =>
    values.filter((value) => typeof value === kind),
  );
  return groups.filter((group) => group.length > 0).map(groupSchema);
}

function groupSchema(values: unknown[]): Schema {
  const type = typeOf(values);
  if (type === 'boolean' && values.length === 2) return { type };
  return values.length === 1 ? { type, const: values[0] } : { type, enum: values };
}

function typeOf(values: unknown[]): string {
  if (values.every((value) => typeof value === 'number'))
    return values.every(Number.isInteger) ? 'integer' : 'number';
  return typeof values[0] === 'boolean' ? 'boolean' : 'string';
}

function literalValue(type: ts.Type, checker: ts.TypeChecker): string | number | boolean | undefined {
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value;
  if (type.flags & ts.TypeFlags.BooleanLiteral) return checker.typeToString(type) === 'true';
  return undefined;
}

/** Regular expression for the texts of a template literal type; undefined where it says no more than "a string". */
export function templatePattern(type: ts.Type): string | undefined {
  if (!(type.flags & ts.TypeFlags.TemplateLiteral)) return undefined;
  const { texts, types } = type as ts.TemplateLiteralType;
  return texts.map((text, index) => escape(text) + holePattern(types[index])).join('');
}

function holePattern(type: ts.Type | undefined): string {
  if (!type) return '';
  if (type.flags & ts.TypeFlags.Number) return '-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
  if (type.flags & ts.TypeFlags.BigInt) return '-?\\d+';
  return templatePattern(type) ?? '[\\s\\S]*';
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
