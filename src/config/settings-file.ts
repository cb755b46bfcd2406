import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { describeError, RunyardError } from '../errors/index.js';
import type { SettingsSource } from './resolve-settings.js';

/**
 * Reads a runyard.yaml. A missing file says nothing unless it was asked for by name.
 * @throws RunyardError `invalid_config` with line and column of what is no YAML.
 */
export async function readSettingsFile(path: string, required: boolean): Promise<SettingsSource> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !required) return undefined;
    throw new RunyardError('invalid_config', `${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  });
  if (text === undefined) return { name: path, values: {} };
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem)
    throw new RunyardError('invalid_config', `${path} is no YAML: ${problem.message}`, { cause: problem });
  const values: unknown = document.toJS({ maxAliasCount: 100 });
  if (values === null || values === undefined) return { name: path, values: {} };
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new RunyardError('invalid_config', `${path} must hold a mapping of settings at its top`);
  }
  return { name: path, values: values as Record<string, unknown> };
}
