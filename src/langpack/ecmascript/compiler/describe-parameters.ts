import { ts } from './typescript.js';
import type { AlgorithmFunction } from './describe-function.js';
import { docOfParameter } from './doc-comment.js';
import { declaredNode, mayBeUndefined } from './object-schema.js';
import type { Schema } from './schema.js';
import { SchemaBuilder } from './schema-builder.js';
import { SchemaDefinitions } from './schema-definitions.js';
import { evaluate } from './static-value.js';

/** The arguments of a function as an object schema, and how they are passed. */
export interface Parameters {
  schema: Schema;
  /** In the function's order. */
  names: string[];
  /** They are passed as one object. */
  asObject: boolean;
}

/** Parts a signature into the algorithm's own parameters and the `ctx` that may come last. */
export function splitContext(
  signature: ts.Signature,
  { checker, problems, exportName }: AlgorithmFunction,
): { values: ts.Symbol[]; context: boolean } {
  const parameters = [...signature.parameters];
  const at = parameters.findIndex((parameter) => isContext(parameter, checker));
  if (at < 0) return { values: parameters, context: false };
  const [context] = parameters.splice(at, 1);
  if (at < parameters.length)
    problems.add(context?.valueDeclaration, exportName, 'takes ctx before other arguments; ctx comes last');
  return { values: parameters, context: true };
}

/** By the name `ctx`, or by the type that `runyard/adapter` exports. */
function isContext(parameter: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (parameter.name === 'ctx') return true;
  const symbol = checker.getNonNullableType(checker.getTypeOfSymbol(parameter)).getSymbol();
  const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
  return (
    symbol?.name === 'Context' && file !== undefined && file.endsWith('/langpacks/javascript/adapter.d.ts')
  );
}

/** Describes what a function takes; undefined, and a problem, when arguments have no names. */
export function describeParameters(
  values: ts.Symbol[],
  algorithm: AlgorithmFunction,
): Parameters | undefined {
  const { problems, exportName } = algorithm;
  for (const value of values) {
    const declaration = parameterDeclaration(value);
    if (!declaration?.dotDotDotToken) continue;
    problems.add(
      declaration,
      `${exportName}, argument ${value.name}`,
      'is a rest parameter; take an array instead, arguments have names',
    );
    return undefined;
  }
  const destructured = values.find((value) => patternOf(value));
  if (!destructured) return describeNamed(values, algorithm);
  if (values.length === 1) return describeDestructured(destructured, algorithm);
  problems.add(
    destructured.valueDeclaration,
    exportName,
    'takes a destructured argument beside others; give it a name, or put all arguments into it',
  );
  return undefined;
}

function describeNamed(values: ts.Symbol[], algorithm: AlgorithmFunction): Parameters {
  const definitions = new SchemaDefinitions();
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const value of values) {
    properties[value.name] = describeParameter(value, algorithm, definitions);
    if (!isOptional(value, algorithm.checker)) required.push(value.name);
  }
  const schema = objectSchema(properties, required);
  return { schema: definitions.finish(schema), names: values.map((value) => value.name), asObject: false };
}

function objectSchema(properties: Record<string, Schema>, required: string[]): Schema {
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function describeParameter(
  value: ts.Symbol,
  algorithm: AlgorithmFunction,
  definitions: SchemaDefinitions,
): Schema {
  const { checker, exportName } = algorithm;
  const declaration = parameterDeclaration(value);
  const builder = createBuilder(algorithm, `${exportName}, argument ${value.name}`, declaration, definitions);
  const type = checker.getTypeOfSymbol(value);
  const node = declaredNode(declaration);
  if (isUntyped(type, declaration, algorithm) && !node) return builder.refuse('has no type; write one');
  if (type.flags & ts.TypeFlags.Never) return builder.refuse('has the type never; no value fits it');
  return withDefault(
    builder.document(builder.build(type, node), docOfParameter(value, checker)),
    declaration?.initializer,
    checker,
  );
}

function createBuilder(
  { checker, problems, untyped, node }: AlgorithmFunction,
  subject: string,
  declaration: ts.Node | undefined,
  definitions: SchemaDefinitions,
): SchemaBuilder {
  return new SchemaBuilder(
    { checker, problems, untyped, subject, node: declaration ?? node, direction: 'input' },
    definitions,
  );
}

function isUntyped(
  type: ts.Type,
  declaration: ts.ParameterDeclaration | undefined,
  { untyped }: AlgorithmFunction,
): boolean {
  return (
    untyped === 'refused' &&
    declaration !== undefined &&
    (type.flags & ts.TypeFlags.Any) !== 0 &&
    !declaration.initializer
  );
}

function isOptional(value: ts.Symbol, checker: ts.TypeChecker): boolean {
  const declaration = parameterDeclaration(value);
  if (declaration && (declaration.initializer || checker.isOptionalParameter(declaration))) return true;
  const type = checker.getTypeOfSymbol(value);
  return Boolean(value.flags & ts.SymbolFlags.Optional) || mayBeUndefined(type);
}

function withDefault(
  schema: Schema,
  initializer: ts.Expression | undefined,
  checker: ts.TypeChecker,
): Schema {
  const found = initializer && evaluate(initializer, checker);
  return found ? { ...schema, default: found.value } : schema;
}

function parameterDeclaration(value: ts.Symbol): ts.ParameterDeclaration | undefined {
  const declaration = value.valueDeclaration;
  return declaration && ts.isParameter(declaration) ? declaration : undefined;
}

function patternOf(value: ts.Symbol): ts.ObjectBindingPattern | undefined {
  const name = parameterDeclaration(value)?.name;
  return name && ts.isObjectBindingPattern(name) ? name : undefined;
}

/** `({ text, language = 'en' }: Options)`: the properties are the arguments. */
function describeDestructured(value: ts.Symbol, algorithm: AlgorithmFunction): Parameters | undefined {
  const { checker, problems, exportName } = algorithm;
  const declaration = parameterDeclaration(value);
  const definitions = new SchemaDefinitions();
  const builder = createBuilder(algorithm, `${exportName}, argument`, declaration, definitions);
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(value));
  const schema = definitions.finish(builder.build(type, declaredNode(declaration)));
  if (schema.type !== 'object' || schema.additionalProperties !== false) {
    problems.add(
      declaration,
      exportName,
      'takes a destructured argument whose names are not known; give it an object type',
    );
    return undefined;
  }
  const full = withBindingDefaults(schema, patternOf(value), checker);
  return { schema: full, names: Object.keys(full.properties ?? {}), asObject: true };
}

function withBindingDefaults(
  schema: Schema,
  pattern: ts.ObjectBindingPattern | undefined,
  checker: ts.TypeChecker,
): Schema {
  const properties = { ...schema.properties };
  let required = schema.required ?? [];
  for (const element of pattern?.elements ?? []) {
    const name = (element.propertyName ?? element.name).getText();
    const property = properties[name];
    if (!property || !element.initializer) continue;
    properties[name] = withDefault(property, element.initializer, checker);
    required = required.filter((one) => one !== name);
  }
  const { required: _, ...rest } = schema;
  return { ...rest, properties, ...(required.length > 0 && { required }) };
}
