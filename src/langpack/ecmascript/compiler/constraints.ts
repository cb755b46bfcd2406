import { nearestName } from '../../../config/nearest-name.js';
import type { DocComment } from './doc-comment.js';
import type { Schema } from './schema.js';

type Kind = 'number' | 'string' | 'array' | 'object';

interface Keyword {
  /** What a value must be for the keyword to mean anything; absent for notes that fit everything. */
  on?: Kind;
  /** @throws Error saying what was expected */
  parse: (text: string) => unknown;
  /** Name in the schema, where the tag's is another. */
  keyword?: string;
}

const KEYWORDS: Record<string, Keyword> = {
  minimum: { on: 'number', parse: parseNumber },
  maximum: { on: 'number', parse: parseNumber },
  exclusiveMinimum: { on: 'number', parse: parseNumber },
  exclusiveMaximum: { on: 'number', parse: parseNumber },
  multipleOf: { on: 'number', parse: parsePositive },
  minLength: { on: 'string', parse: parseCount },
  maxLength: { on: 'string', parse: parseCount },
  pattern: { on: 'string', parse: parsePattern },
  format: { on: 'string', parse: parseFormat },
  contentMediaType: { on: 'string', parse: parseText },
  minItems: { on: 'array', parse: parseCount },
  maxItems: { on: 'array', parse: parseCount },
  uniqueItems: { on: 'array', parse: parseFlag },
  minProperties: { on: 'object', parse: parseCount },
  maxProperties: { on: 'object', parse: parseCount },
  title: { parse: parseText },
  default: { parse: parseJson },
  example: { parse: (text) => [parseJson(text)], keyword: 'examples' },
  examples: { parse: parseExamples },
  deprecated: { parse: parseFlag },
};

/** Formats that inputs are checked for; another word would be ignored without a sound. */
const FORMATS = [
  ...[
    'date-time',
    'date',
    'time',
    'duration',
    'iso-date-time',
    'iso-time',
    'uri',
    'uri-reference',
    'uri-template',
  ],
  ...[
    'url',
    'email',
    'hostname',
    'ipv4',
    'ipv6',
    'regex',
    'uuid',
    'json-pointer',
    'relative-json-pointer',
    'byte',
  ],
  ...['int32', 'int64', 'float', 'double', 'password', 'binary'],
];

/**
 * A schema with what its doc comment says in it.
 * @throws Error saying which tag is wrong, and why
 */
export function withDoc(schema: Schema, doc: DocComment): Schema {
  let described = doc.description === undefined ? schema : { ...schema, description: doc.description };
  for (const [tag, text] of doc.tags) described = withTag(described, tag, text);
  return described;
}

function withTag(schema: Schema, tag: string, text: string): Schema {
  if (tag === 'integer' || tag === 'asType') return withIntegerType(schema, tag, text);
  const keyword = KEYWORDS[tag];
  if (!keyword) return schema;
  const value = parseTag(tag, text, keyword);
  const set = { [keyword.keyword ?? tag]: value };
  if (!keyword.on) return { ...schema, ...set };
  const narrowed = narrow(schema, keyword.on, (branch) => ({ ...branch, ...set }));
  if (!narrowed) throw new Error(`@${tag} is for a ${keyword.on}, which this never is`);
  return narrowed;
}

function parseTag(tag: string, text: string, { parse }: Keyword): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`@${tag} ${(error as Error).message}, but says ${JSON.stringify(text)}`, {
      cause: error,
    });
  }
}

function withIntegerType(schema: Schema, tag: string, text: string): Schema {
  if (tag === 'asType' && text !== 'integer')
    throw new Error(`@asType knows only integer, but says ${JSON.stringify(text)}`);
  const narrowed = narrow(schema, 'number', (branch) => ({ ...branch, type: 'integer' }));
  if (!narrowed) throw new Error(`@${tag} is for a number, which this never is`);
  return narrowed;
}

/** Changes the parts of a schema that describe values of one kind; undefined when no part does. */
function narrow(schema: Schema, kind: Kind, change: (branch: Schema) => Schema): Schema | undefined {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (!alternatives) return fitsKind(schema, kind) ? change(schema) : undefined;
  const changed = alternatives.map((branch) => narrow(branch, kind, change) ?? branch);
  if (changed.every((branch, index) => branch === alternatives[index])) return undefined;
  return { ...schema, [schema.anyOf ? 'anyOf' : 'oneOf']: changed };
}

function fitsKind(schema: Schema, kind: Kind): boolean {
  if (schema.type === undefined)
    return schema.$ref === undefined && schema.enum === undefined && schema.const === undefined;
  return schema.type === kind || (kind === 'number' && schema.type === 'integer');
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error('takes a number');
  return value;
}

function parsePositive(text: string): number {
  const value = parseNumber(text);
  if (value <= 0) throw new Error('takes a number above 0');
  return value;
}

function parseCount(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value) || value < 0) throw new Error('takes a whole number from 0');
  return value;
}

function parsePattern(text: string): string {
  const pattern = unquote(text);
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    throw new Error(`takes a regular expression (${(error as Error).message})`, { cause: error });
  }
  return pattern;
}

function parseFormat(text: string): string {
  const format = unquote(text);
  if (FORMATS.includes(format)) return format;
  const near = nearestName(format, FORMATS);
  throw new Error(
    near ? `takes a known format (did you mean ${near}?)` : `takes one of ${FORMATS.join(', ')}`,
  );
}

function parseText(text: string): string {
  if (text === '') throw new Error('takes a text');
  return unquote(text);
}

/** Code quotes keep editors from reading a pattern's `@` or `{}` as something else. */
function unquote(text: string): string {
  return /^`.*`$/s.test(text) ? text.slice(1, -1) : text;
}

function parseFlag(text: string): boolean {
  if (text === 'false') return false;
  return true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(unquote(text));
  } catch {
    if (/^[\w][\w ./:-]*$/.test(text)) return text;
    throw new Error('takes a JSON value');
  }
}

function parseExamples(text: string): unknown[] {
  const value = parseJson(text);
  return Array.isArray(value) ? value : [value];
}
