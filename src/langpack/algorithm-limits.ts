import { algorithmLimitsSchema, nearestName } from '../config/index.js';
import type { AlgorithmLimits, Descriptor } from '../protocol/index.js';

type Named = Pick<Descriptor, 'name' | 'mode'>;

interface LimitSchema {
  type?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, LimitSchema>;
}

/**
 * Checks what an adapter's `limits` says: an object of limits by algorithm.
 * @returns one sentence for each thing that is wrong; none when all is well
 */
export function checkAlgorithmLimits(limits: unknown, algorithms: readonly Named[]): string[] {
  if (!isObject(limits)) return [`limits must be an object of limits by algorithm, but is ${show(limits)}`];
  return Object.entries(limits).flatMap(([name, value]) => {
    const algorithm = algorithms.find((one) => one.name === name);
    if (!algorithm)
      return [
        unknownKey(
          `limits.${name}`,
          name,
          'algorithm',
          algorithms.map((one) => one.name),
        ),
      ];
    const wrong = checkObject(value, algorithmLimitsSchema, `limits.${name}`);
    const needless = isObject(value) && value['batch'] !== undefined && algorithm.mode !== 'batch';
    return needless
      ? [...wrong, `limits.${name}.batch is only for batch_ functions, which ${name} is not`]
      : wrong;
  });
}

/** The limits of one algorithm out of an adapter's `limits`, once they are checked. */
export function limitsOf(limits: unknown, name: string): AlgorithmLimits {
  return ((limits as Record<string, AlgorithmLimits> | undefined) ?? {})[name] ?? {};
}

function checkObject(value: unknown, { properties = {} }: LimitSchema, path: string): string[] {
  if (!isObject(value)) return [`${path} must be an object, but is ${show(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const schema = properties[key];
    if (!schema) return [unknownKey(`${path}.${key}`, key, 'limit', Object.keys(properties))];
    return schema.properties
      ? checkObject(inner, schema, `${path}.${key}`)
      : checkNumber(inner, schema, `${path}.${key}`);
  });
}

function checkNumber(
  value: unknown,
  { minimum = 0, maximum = Infinity }: LimitSchema,
  path: string,
): string[] {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return [];
  const range = maximum === Infinity ? `from ${minimum}` : `from ${minimum} to ${maximum}`;
  return [`${path} must be a whole number ${range}, but is ${show(value)}`];
}

function unknownKey(path: string, key: string, what: string, known: readonly string[]): string {
  const near = nearestName(key, known);
  return `${path} is no ${what}${near === undefined ? `; there are ${known.join(', ')}` : `, did you mean ${near}?`}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
