import type { Command } from 'commander';
import { given, type SettingsFlags } from './load-settings.js';
import { flags } from './options.js';

/** What the command of a part says that shares queue, store and discovery with others. */
export interface PartFlags {
  host?: string;
  port?: number;
  data: string;
  queue?: string;
  store?: string;
  discovery?: string[];
  config?: string;
}

/** Gives a command the flags of such a part. */
export function addPartFlags(command: Command): Command {
  return command
    .addOption(flags.host())
    .addOption(flags.port())
    .addOption(flags.data())
    .addOption(flags.queue())
    .addOption(flags.store())
    .addOption(flags.discovery())
    .addOption(flags.config());
}

/** @param part whose own address the flags name */
export function readPartFlags(part: 'controller' | 'gateway', options: PartFlags): SettingsFlags {
  return {
    ...(options.config !== undefined && { config: options.config }),
    values: {
      [part]: given({ host: options.host, port: options.port }),
      queue: given({ url: options.queue }),
      store: given({ url: options.store }),
      discovery: given({ urls: options.discovery }),
    },
  };
}
