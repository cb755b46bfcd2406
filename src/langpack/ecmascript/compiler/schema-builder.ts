import { ts } from './typescript.js';
import { withDoc } from './constraints.js';
import { docOfAlias, docOfType } from './doc-comment.js';
import { isPlatformFile, knownType, type KnownType } from './known-types.js';
import { literalSchema, literalsSchema, templatePattern } from './literal-schema.js';
import { buildObject } from './object-schema.js';
import type { Problems } from './problems.js';
import { ANYTHING, type Schema } from './schema.js';
import { SchemaDefinitions } from './schema-definitions.js';
import { resolveAlias } from './static-value.js';
import { buildTuple } from './tuple-schema.js';
import { sortAsWritten } from './union-order.js';
import { aliasDeclaration, elementNode, memberNodes, referencedSymbol, unwrapNode } from './type-nodes.js';
import { discriminatorOf } from './discriminator.js';

const MAX_DEPTH = 64;

export interface SchemaBuilderOptions {
  checker: ts.TypeChecker;
  problems: Problems;
  /** Whose value it is, e.g. `run_ocr, argument image_url`. */
  subject: string;
  /** Where the value is declared; problems inside point to the nearest declaration below it. */
  node: ts.Node;
  direction: 'input' | 'output';
  /** In JavaScript a value nobody described may be anything; in TypeScript that is a slip. */
  untyped: 'anything' | 'refused';
}

/**
 * Turns types into JSON Schema. The type says what there is; the type node it was written as, where known, adds what
 * types forget: the doc comments of aliases and the order of alternatives.
 */
export class SchemaBuilder {
  readonly checker: ts.TypeChecker;
  readonly options: SchemaBuilderOptions;
  readonly #definitions: SchemaDefinitions;
  readonly #trail: string[] = [];
  readonly #nodes: ts.Node[] = [];

  constructor(options: SchemaBuilderOptions, definitions: SchemaDefinitions = new SchemaDefinitions()) {
    this.options = options;
    this.checker = options.checker;
    this.#definitions = definitions;
  }

  /** Schema of a type, with references to definitions it shares with others of the same root. */
  build(type: ts.Type, node?: ts.TypeNode): Schema {
    const hint = node && unwrapNode(node);
    if (this.#trail.length > MAX_DEPTH) return this.#refuseDepth();
    const whole = this.#declaredUnion(type, hint) ?? type;
    return this.#withAliasDoc(this.#dispatch(whole, this.#aliased(hint)), whole, hint);
  }

  /** `x?: Json` has the type `Json | undefined`, which has forgotten its name; without what may be left out it is Json. */
  #declaredUnion(type: ts.Type, hint: ts.TypeNode | undefined): ts.Type | undefined {
    if (!hint || !type.isUnion() || type.aliasSymbol) return undefined;
    const declared = this.checker.getTypeFromTypeNode(hint);
    const members = type.types.filter((one) => this.#counts(one));
    const isSame =
      declared.isUnion() &&
      declared.types.length === members.length &&
      members.every((one) => declared.types.includes(one));
    return isSame ? declared : undefined;
  }

  /** Builds what lies inside: `step` is how messages name the way there, such as `.tags` or `[]`. */
  inside(step: string, declaration: ts.Node | undefined, build: () => Schema): Schema {
    this.#trail.push(step);
    if (declaration) this.#nodes.push(declaration);
    try {
      return build();
    } finally {
      this.#trail.pop();
      if (declaration) this.#nodes.pop();
    }
  }

  /** Notes that this value cannot be described. */
  refuse(message: string): Schema {
    const { problems, subject, node } = this.options;
    const place = this.#nodes.findLast(isOwnFile) ?? node;
    problems.add(place, subject + this.#trail.join(''), message);
    return ANYTHING;
  }

  /** Said once for the whole value: such a type has many ends that are never reached. */
  #refuseDepth(): Schema {
    const { problems, subject, node } = this.options;
    problems.add(
      node,
      subject,
      'nests without end; use a type that refers to itself by the same name and arguments',
    );
    return ANYTHING;
  }

  /** Puts what a doc comment says into a schema, and notes what is wrong with it. */
  document(schema: Schema, doc: Parameters<typeof withDoc>[1]): Schema {
    try {
      return withDoc(schema, doc);
    } catch (error) {
      this.refuse(`has a wrong tag: ${(error as Error).message}`);
      return schema;
    }
  }

  /** The node an alias stands for says more than the alias's name. */
  #aliased(hint: ts.TypeNode | undefined): ts.TypeNode | undefined {
    const alias = aliasDeclaration(hint && referencedSymbol(hint, this.checker), this.checker);
    return alias?.node && alias.node !== hint ? this.#aliased(alias.node) : hint;
  }

  /** What the doc comments of aliases on the way say; those of types with a schema of their own are in that already. */
  #withAliasDoc(schema: Schema, type: ts.Type, hint: ts.TypeNode | undefined): Schema {
    const symbol = hint && referencedSymbol(hint, this.checker);
    const alias = aliasDeclaration(symbol, this.checker);
    if (!symbol || !alias || resolveAlias(symbol, this.checker) === type.aliasSymbol) return schema;
    const inner = this.#withAliasDoc(schema, type, alias.node);
    return isPlatformNode(alias.declaration)
      ? inner
      : this.document(inner, docOfAlias(alias.declaration, this.checker));
  }

  #dispatch(type: ts.Type, hint: ts.TypeNode | undefined): Schema {
    const { flags } = type;
    if (flags & ts.TypeFlags.Any) return this.#any(type, hint);
    if (flags & ts.TypeFlags.Unknown) return ANYTHING;
    if (flags & ts.TypeFlags.Boolean) return { type: 'boolean' };
    if (type.isUnion()) return this.#unionByName(type, hint);
    if (flags & UNIT)
      return (
        literalSchema(type, this.checker) ??
        this.refuse('has values that JSON cannot hold; use constant texts or numbers')
      );
    if (flags & ts.TypeFlags.StringLike) return this.#string(type);
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (flags & ts.TypeFlags.BigIntLike) return BIGINT;
    if (flags & NOTHING) return { type: 'null' };
    if (flags & ts.TypeFlags.Never) return { not: {} };
    if (flags & ts.TypeFlags.NonPrimitive) return { type: 'object' };
    if (flags & ts.TypeFlags.ESSymbolLike)
      return this.refuse('is a symbol; symbols cannot be sent, use a string');
    if (type.isIntersection()) return this.#intersection(type, hint);
    if (flags & ts.TypeFlags.Object) return this.#object(type as ts.ObjectType, hint);
    return this.refuse(
      `depends on the type parameter ${this.checker.typeToString(type)}; an algorithm needs concrete types`,
    );
  }

  #any(type: ts.Type, hint: ts.TypeNode | undefined): Schema {
    const isError = (type as { intrinsicName?: string }).intrinsicName === 'error';
    if (!isError) return ANYTHING;
    if (!hint && this.options.untyped === 'anything') return ANYTHING;
    const name = hint ? `the type ${hint.getText()}, which` : 'a type that';
    return this.refuse(
      `has ${name} cannot be resolved; check its import, install the types of its package, or write the type out`,
    );
  }

  #string(type: ts.Type): Schema {
    if (!(type.flags & (ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping)))
      return { type: 'string' };
    const pattern = templatePattern(type);
    return pattern === undefined ? { type: 'string' } : { type: 'string', pattern: `^${pattern}$` };
  }

  #unionByName(type: ts.UnionType, hint: ts.TypeNode | undefined): Schema {
    const build = (): Schema => this.#union(type.types, hint);
    const symbol = type.aliasSymbol ?? (type.flags & ts.TypeFlags.EnumLiteral ? type.symbol : undefined);
    return symbol ? this.#named(type, symbol, build) : build();
  }

  #union(types: readonly ts.Type[], hint: ts.TypeNode | undefined): Schema {
    const nodes = memberNodes(hint, this.checker);
    const members = sortAsWritten(
      types.filter((type) => this.#counts(type)),
      [...nodes.keys()],
    );
    const isLiteral = (type: ts.Type): boolean => (type.flags & LITERAL) !== 0;
    const literals = literalsSchema(members.filter(isLiteral), this.checker);
    const schemas = members.flatMap((type) =>
      isLiteral(type) ? literals.splice(0) : [this.build(type, nodes.get(type))],
    );
    const alternatives = dedupe(schemas);
    if (alternatives.length === 1 && alternatives[0]) return alternatives[0];
    const discriminator = discriminatorOf(members, this.checker);
    return discriminator ? { oneOf: alternatives, ...discriminator } : { anyOf: alternatives };
  }

  /** `undefined` is an absent value, but for a result as a whole and in lists, where it is sent as null. */
  #counts(type: ts.Type): boolean {
    if (!(type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void))) return true;
    const step = this.#trail.at(-1);
    const mayBeLeftOut = step !== undefined && /^\.|^\[key\]$|\?\]$/.test(step);
    return this.options.direction === 'output' && !mayBeLeftOut;
  }

  /** A primitive with a brand is the primitive; objects are merged. */
  #intersection(type: ts.IntersectionType, hint: ts.TypeNode | undefined): Schema {
    const primitive = type.types.find(
      (one) => !(one.flags & (ts.TypeFlags.Object | ts.TypeFlags.TypeVariable)),
    );
    if (primitive) return this.build(primitive);
    const known = type.types.find((one) => knownType(one, this.checker)?.schema);
    if (known) return this.build(known);
    return this.#named(type, type.aliasSymbol, () => buildObject(this, type, hint));
  }

  #object(type: ts.ObjectType, hint: ts.TypeNode | undefined): Schema {
    const known = knownType(type, this.checker);
    if (known) return this.#known(known);
    if (this.checker.isArrayType(type)) return this.#array(type, hint);
    if (this.checker.isTupleType(type)) {
      return this.#named(type, type.aliasSymbol, () => buildTuple(this, type as ts.TupleTypeReference, hint));
    }
    return this.#named(type, type.aliasSymbol ?? type.symbol, () => buildObject(this, type, hint));
  }

  #known({ schema, advice }: KnownType): Schema {
    return schema ? { ...schema } : this.refuse(advice ?? 'cannot be sent as JSON');
  }

  #array(type: ts.Type, hint: ts.TypeNode | undefined): Schema {
    const [element] = this.checker.getTypeArguments(type as ts.TypeReference);
    const items = element
      ? this.inside('[]', undefined, () => this.build(element, elementNode(hint)))
      : ANYTHING;
    return { type: 'array', items };
  }

  /** Types with a name, or that contain themselves, are built once and referred to. */
  #named(type: ts.Type, symbol: ts.Symbol | undefined, build: () => Schema): Schema {
    const own = symbol && !symbol.name.startsWith('__') && !isPlatformSymbol(symbol) ? symbol : undefined;
    return this.#definitions.refer(type, own?.name, () => {
      const schema = build();
      return own ? this.document(schema, docOfType(own, this.checker)) : schema;
    });
  }
}

const LITERAL = ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral | ts.TypeFlags.BooleanLiteral;
const UNIT = LITERAL | ts.TypeFlags.BigIntLiteral | ts.TypeFlags.Enum;
const NOTHING = ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Null;

/** JSON numbers lose digits beyond 2^53, so a big integer may also be a string of digits; results always are. */
const BIGINT: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?\\d+$' }],
  'x-type': 'bigint',
};

function isPlatformSymbol({ declarations: [declaration] = [] }: ts.Symbol): boolean {
  return declaration !== undefined && isPlatformNode(declaration);
}

function isPlatformNode(node: ts.Node): boolean {
  return isPlatformFile(node.getSourceFile().fileName);
}

function isOwnFile(node: ts.Node): boolean {
  return !node.getSourceFile().fileName.includes('/node_modules/');
}

function dedupe(schemas: Schema[]): Schema[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}
