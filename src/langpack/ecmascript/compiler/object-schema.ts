import { ts } from './typescript.js';
import { docOfSymbol } from './doc-comment.js';
import { platformName } from './known-types.js';
import { templatePattern } from './literal-schema.js';
import type { Schema } from './schema.js';
import type { SchemaBuilder } from './schema-builder.js';

/** An object type as properties, with no others unless it has an index signature. */
export function buildObject(builder: SchemaBuilder, type: ts.Type, hint: ts.TypeNode | undefined): Schema {
  const { checker } = builder;
  if (isClassWithBehaviour(type, checker)) {
    return builder.refuse(
      `is an instance of ${checker.typeToString(type)}, whose methods JSON cannot hold; use an interface with its data`,
    );
  }
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const property of checker.getPropertiesOfType(type)) {
    if (isUnnamed(property)) continue;
    const propertyType = typeOfProperty(property, builder);
    if (propertyType.flags & ts.TypeFlags.Never) continue;
    properties[property.name] = buildProperty(builder, property, propertyType, hint);
    if (isRequired(property, propertyType)) required.push(property.name);
  }
  return {
    type: 'object',
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
    ...indexSignatures(builder, type, hint),
  };
}

function buildProperty(
  builder: SchemaBuilder,
  property: ts.Symbol,
  type: ts.Type,
  hint: ts.TypeNode | undefined,
): Schema {
  const declaration = property.valueDeclaration ?? property.declarations?.[0];
  return builder.inside(`.${property.name}`, declaration, () => {
    if (isUntyped(declaration) && type.flags & ts.TypeFlags.Any && builder.options.untyped === 'refused') {
      return builder.refuse('has no type; write one');
    }
    const schema = builder.build(type, declaredNode(declaration) ?? valueNode(hint));
    return builder.document(schema, docOfSymbol(property, builder.checker));
  });
}

function typeOfProperty(property: ts.Symbol, builder: SchemaBuilder): ts.Type {
  return builder.checker.getTypeOfSymbolAtLocation(
    property,
    property.valueDeclaration ?? builder.options.node,
  );
}

function isRequired(property: ts.Symbol, type: ts.Type): boolean {
  if (property.flags & ts.SymbolFlags.Optional) return false;
  return !mayBeUndefined(type);
}

/** A value that may be undefined may be left out. */
export function mayBeUndefined(type: ts.Type): boolean {
  const absent = ts.TypeFlags.Undefined | ts.TypeFlags.Void;
  return type.isUnion() ? type.types.some((one) => one.flags & absent) : (type.flags & absent) !== 0;
}

/** The type a property or parameter was declared with, in TypeScript or in a JSDoc comment. */
export function declaredNode(declaration: ts.Node | undefined): ts.TypeNode | undefined {
  if (!declaration) return undefined;
  if (ts.isJSDocPropertyTag(declaration) || ts.isJSDocParameterTag(declaration))
    return declaration.typeExpression?.type;
  const typed = declaration as { type?: ts.Node };
  if (typed.type && ts.isTypeNode(typed.type)) return typed.type;
  return ts.getJSDocType(declaration);
}

function isUntyped(declaration: ts.Node | undefined): boolean {
  return declaration !== undefined && ts.isPropertySignature(declaration) && declaration.type === undefined;
}

/** `Record<string, Score>`: the node of its values. */
function valueNode(hint: ts.TypeNode | undefined): ts.TypeNode | undefined {
  const isRecord = hint && ts.isTypeReferenceNode(hint) && hint.typeName.getText() === 'Record';
  return isRecord ? hint.typeArguments?.[1] : undefined;
}

function indexSignatures(builder: SchemaBuilder, type: ts.Type, hint: ts.TypeNode | undefined): Schema {
  const infos = builder.checker.getIndexInfosOfType(type);
  const patterns: Record<string, Schema> = {};
  let others: Schema | undefined;
  for (const { keyType, type: valueType, declaration } of infos) {
    const build = (): Schema => builder.build(valueType, declaration?.type ?? valueNode(hint));
    const pattern = keyPattern(keyType);
    if (keyType.flags & ts.TypeFlags.ESSymbolLike) continue;
    if (pattern === undefined) others = builder.inside('[key]', declaration, build);
    else patterns[pattern] = builder.inside('[key]', declaration, build);
  }
  return {
    ...(Object.keys(patterns).length > 0 && { patternProperties: patterns }),
    additionalProperties: others ?? isOpen(type, builder.checker),
  };
}

function keyPattern(keyType: ts.Type): string | undefined {
  if (keyType.flags & ts.TypeFlags.Number) return '^-?\\d+$';
  const pattern = templatePattern(keyType);
  return pattern === undefined ? undefined : `^${pattern}$`;
}

/** `{}` and `object` say nothing of what is inside. */
function isOpen(type: ts.Type, checker: ts.TypeChecker): boolean {
  return checker.typeToString(type) === '{}' && platformName(type) === undefined;
}

/** Symbols as keys, brands among them, have no place in JSON. */
function isUnnamed(property: ts.Symbol): boolean {
  return property.name.startsWith('__@');
}

function isClassWithBehaviour(type: ts.Type, checker: ts.TypeChecker): boolean {
  const isClass = Boolean(type.symbol?.flags & ts.SymbolFlags.Class);
  const isPlatform = platformName(type) !== undefined;
  if (!isClass && !isPlatform) return false;
  return checker
    .getPropertiesOfType(type)
    .some((property) => property.flags & ts.SymbolFlags.Method || property.name.startsWith('__#'));
}
