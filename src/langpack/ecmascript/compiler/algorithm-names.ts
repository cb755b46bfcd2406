/** What the name of an exported function says. */
export interface FunctionName {
  /** What callers say. */
  algorithm: string;
  isBatch: boolean;
}

/**
 * `run_<name>` and `batch_<name>` are algorithms, everything after the first prefix being the name; so are `runMyName`
 * and `batchMyName`, as `my_name`. Undefined for every other function.
 */
export function parseFunctionName(name: string): FunctionName | undefined {
  const [, prefix, rest] = /^(run|batch)_(.+)$/s.exec(name) ?? [];
  if (rest !== undefined) return { algorithm: rest, isBatch: prefix === 'batch' };
  const [, camelPrefix, camelRest] = /^(run|batch)(\p{Lu}.*)$/su.exec(name) ?? [];
  if (camelRest === undefined) return undefined;
  return { algorithm: toSnakeCase(camelRest), isBatch: camelPrefix === 'batch' };
}

function toSnakeCase(name: string): string {
  return name
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase();
}
