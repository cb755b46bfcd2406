import { resolve } from 'node:path';
import type { Settings } from '../config/index.js';
import type { CliContext } from './context.js';

export interface SettingsFlags {
  config?: string;
  /** Values from flags, nested as in runyard.yaml. */
  values?: Record<string, unknown>;
  /** Also read the variables the original programs of this kind read. */
  original?: 'runner' | 'discovery' | 'controller';
}

/** Settings of a serving command (what serves is loaded only by commands that serve: the others start at once): runyard.yaml, then environment, then flags; later ones win. */
export async function loadSettings(context: CliContext, flags: SettingsFlags): Promise<Settings> {
  const {
    readSettingsFile,
    resolveSettings,
    settingsFromEnvironment,
    settingsFromOpenTelemetryEnvironment,
    settingsFromOriginalEnvironment,
  } = await import('../config/index.js');
  const path = resolve(context.cwd, flags.config ?? 'runyard.yaml');
  return resolveSettings([
    await readSettingsFile(path, flags.config !== undefined),
    ...(flags.original ? [settingsFromOriginalEnvironment(context.env, flags.original)] : []),
    settingsFromOpenTelemetryEnvironment(context.env),
    settingsFromEnvironment(context.env),
    { name: 'flags', values: flags.values ?? {} },
  ]);
}

/** Leaves out what no flag said, so that it does not hide other sources. */
export function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
