import { Ajv, type ErrorObject } from 'ajv';
import { RunyardError } from '../errors/index.js';
import { nearestName } from './nearest-name.js';
import { projectSettingsSchema, settingsSchema, type ProjectSettings, type Settings } from './settings.js';

/** One place settings come from, later ones win. `values` is nested as in runyard.yaml. */
export interface SettingsSource {
  /** How messages name it, e.g. `runyard.yaml` or `environment`. */
  name: string;
  values: Record<string, unknown>;
}

const ajv = new Ajv({ useDefaults: true, allErrors: true, verbose: true, strict: false });
const validateSettings = ajv.compile<Settings>(settingsSchema);
const validateProject = ajv.compile<ProjectSettings>(projectSettingsSchema);

/**
 * Merges sources, fills in defaults, and freezes.
 * @throws RunyardError `invalid_config` naming source, setting, what was expected and what came.
 */
export function resolveSettings(sources: readonly SettingsSource[]): Settings {
  for (const source of sources) assertValid(source, structuredClone(source.values), validateSettings);
  const merged = sources.reduce<Record<string, unknown>>((all, source) => merge(all, source.values), {});
  const values: unknown = structuredClone(merged);
  if (!validateSettings(values)) throw invalid('settings', validateSettings.errors ?? []);
  return deepFreeze(values);
}

/** Checks what a project's own runyard.yaml says. @throws RunyardError `invalid_config` */
export function resolveProjectSettings(source: SettingsSource): ProjectSettings {
  const values: unknown = structuredClone(source.values);
  assertValid(source, values, validateProject);
  return deepFreeze(values as ProjectSettings);
}

/** Later values win; objects are merged by key, lists are replaced. */
export function merge(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Validator = ((values: unknown) => boolean) & { errors?: ErrorObject[] | null };

function assertValid(source: SettingsSource, values: unknown, validate: Validator): void {
  if (!validate(values)) throw invalid(source.name, validate.errors ?? []);
}

function invalid(sourceName: string, errors: ErrorObject[]): RunyardError {
  const lines = [
    ...new Set(errors.filter((error) => error.keyword !== 'anyOf' || errors.length === 1).map(describe)),
  ];
  return new RunyardError('invalid_config', `${sourceName}: ${lines.join('; ')}`);
}

function describe(error: ErrorObject): string {
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  if (error.keyword === 'additionalProperties') {
    const key = String((error.params as { additionalProperty: string }).additionalProperty);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    const near = nearestName(key, known);
    return `unknown setting ${at === '' ? key : `${at}.${key}`}${near === undefined ? '' : `, did you mean ${near}?`}`;
  }
  if (error.keyword === 'const') return `${at} is ${show(error.data)}, which is none of the allowed words`;
  return `${at === '' ? 'the whole' : at} ${error.message ?? 'is wrong'}, but is ${show(error.data)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
