import type { ErrorObject } from 'ajv';
import { closest, distance } from 'fastest-levenshtein';
import type { FieldError } from '../protocol/index.js';
import { describeExpected, describeValue } from './describe.js';

/** More than this many wrong places tell a reader nothing new. */
const MAX_ERRORS = 100;

/** A field error that still knows where its schema is, so that the branches of a union can be told apart. */
interface Finding extends FieldError {
  keyword: string;
  schemaPath: string;
  /** The only value that would do, where there is one. */
  constant?: string | undefined;
}

/** Faults that say that a value is of another kind than a branch of a union, not that it is a bad one of that kind. */
const OTHER_KIND = new Set(['type', 'const', 'enum', 'anyOf', 'oneOf', 'false schema']);

/** Turns ajv's errors into one plain sentence per wrong field. */
export function toFieldErrors(errors: readonly ErrorObject[]): FieldError[] {
  const findings: Finding[] = [];
  for (const error of errors) {
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') mergeUnion(findings, error);
    else if (error.keyword !== 'if') findings.push(toFinding(error));
  }
  return unique(findings).slice(0, MAX_ERRORS);
}

/** All fields at fault in one text: `image_url: missing, expected a string; sise: unknown argument`. */
export function describeFieldErrors(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => `${path === '' ? 'input' : path.slice(1)}: ${message}`).join('; ');
}

/** `; did you mean "x"?` when one of the candidates is near the word, else nothing. */
export function suggest(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const best = closest(word, candidates);
  return distance(word, best) <= Math.max(2, word.length / 3) ? `; did you mean "${best}"?` : '';
}

function toFinding(error: ErrorObject): Finding {
  const { keyword, schemaPath } = error;
  return {
    keyword,
    schemaPath,
    path: getPath(error),
    message: getMessage(error),
    constant: getConstant(error),
  };
}

function getConstant({ keyword, params, parentSchema }: ErrorObject): string | undefined {
  const { missingProperty } = params as Record<string, unknown>;
  const schema = keyword === 'required' ? getProperties(parentSchema)[String(missingProperty)] : parentSchema;
  if (typeof schema !== 'object' || schema === null || !['required', 'const', 'enum'].includes(keyword))
    return undefined;
  const { const: constant, enum: options } = schema as { const?: unknown; enum?: unknown[] };
  return JSON.stringify(options?.length === 1 ? options[0] : constant);
}

function getPath(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const child = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return typeof child === 'string' ? `${error.instancePath}/${escapePointer(child)}` : error.instancePath;
}

function getMessage(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const properties = getProperties(error.parentSchema);
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return describeUnknown(error, Object.keys(properties));
    case 'required':
    case 'dependentRequired':
      return `missing, expected ${describeExpected(properties[String(params.missingProperty)])}`;
    case 'type':
    case 'enum':
    case 'const':
      return `expected ${describeExpected(error.parentSchema)}, got ${describeValue(error.data)}`;
    case 'false schema':
      return 'not allowed here';
    default:
      return `${error.message ?? 'does not fit'}, got ${describeValue(error.data)}`;
  }
}

function describeUnknown(error: ErrorObject, known: string[]): string {
  const params = error.params as Record<string, unknown>;
  const name = String(params.additionalProperty ?? params.unevaluatedProperty);
  return `unknown ${error.instancePath === '' ? 'argument' : 'field'}${suggest(name, known)}`;
}

/**
 * Ajv lists what each branch of a union found before it says that none fits. A reader wants either the faults inside
 * the one branch that was meant, or one sentence that names what is possible.
 */
function mergeUnion(findings: Finding[], error: ErrorObject): void {
  const at = error.instancePath;
  let first = findings.length;
  while (first > 0 && isAtOrBelow(findings[first - 1]?.path ?? '', at)) first -= 1;
  const branches = new Map<string, Finding[]>();
  for (const finding of findings.splice(first)) {
    const key = getBranch(finding.schemaPath, error.schemaPath);
    branches.set(key, [...(branches.get(key) ?? []), finding]);
  }
  const candidates = [...branches.values()].filter((branch) => !branch.some((one) => isOtherKind(one, at)));
  findings.push(...explainMeant(candidates, at, error));
}

function isOtherKind({ path, keyword }: Finding, at: string): boolean {
  return path === at && OTHER_KIND.has(keyword);
}

function explainMeant(candidates: readonly Finding[][], at: string, error: ErrorObject): Finding[] {
  const { keyword, schemaPath, data, parentSchema } = error;
  const tag = findTag(candidates, at);
  const wanted = candidates.map((branch) => branch.find((one) => one.path === tag && one.constant));
  const meant = candidates.filter((_, index) => !wanted[index]).sort((a, b) => a.length - b.length)[0];
  if (meant !== undefined) return meant;
  if (tag === undefined) {
    const message = `expected ${describeExpected(parentSchema)}, got ${describeValue(data)}`;
    return [{ path: at, message, keyword, schemaPath }];
  }
  const kinds = wanted.map((one) => one?.constant).join(', ');
  const name = tag
    .slice(at.length + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
  const got = describeValue((data as Record<string, unknown>)[name]);
  return [{ path: tag, message: `expected one of ${kinds}, got ${got}`, keyword, schemaPath }];
}

/** The field that tells the branches apart: most of them want a value of their own in it. */
function findTag(branches: readonly Finding[][], at: string): string | undefined {
  const counts = new Map<string, number>();
  for (const { path, constant } of branches.flat()) {
    const isChild = path.startsWith(`${at}/`) && !path.includes('/', at.length + 1);
    if (isChild && constant !== undefined) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** `#/anyOf/1/...` gives `#/anyOf/1`; what a `$ref` points at keeps its definition's name. */
function getBranch(schemaPath: string, union: string): string {
  const rest = schemaPath.startsWith(`${union}/`) ? schemaPath.slice(union.length + 1) : schemaPath;
  const parts = rest === schemaPath ? rest.split('/').slice(0, 3) : rest.split('/').slice(0, 1);
  return parts.join('/');
}

function unique(findings: Finding[]): FieldError[] {
  const seen = new Map<string, FieldError>();
  for (const { path, message } of findings) {
    const key = `${path}\n${message}`;
    if (!seen.has(key)) seen.set(key, { path, message });
  }
  return [...seen.values()];
}

function isAtOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

function getProperties(schema: unknown): Record<string, unknown> {
  const properties =
    typeof schema === 'object' && schema !== null && 'properties' in schema && schema.properties;
  return typeof properties === 'object' && properties !== null ? (properties as Record<string, unknown>) : {};
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
