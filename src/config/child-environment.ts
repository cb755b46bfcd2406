import type { ProjectSettings, Settings } from './settings.js';

const ALWAYS = /^(PATH|HOME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|SYSTEMROOT)$/;

/** The environment a project's processes see: a short list of harmless names, and what settings pass or set. */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  ...settings: (Settings['env'] | NonNullable<ProjectSettings['env']>)[]
): Record<string, string> {
  const passed = new Set(settings.flatMap((one) => one.pass ?? []));
  const visible: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (ALWAYS.test(name) || passed.has(name))) visible[name] = value;
  }
  return Object.assign(visible, ...settings.map((one) => one.set ?? {})) as Record<string, string>;
}
