import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
  read_only?: boolean;
  secrets?: string[];
}

/** deploy/compose.yaml with its variables filled in, as compose does it. */
export function readCompose(variables: Readonly<Record<string, string>>): Record<string, ComposeService> {
  const text = readFileSync(new URL('../../deploy/compose.yaml', import.meta.url), 'utf8');
  const filled = text.replaceAll(
    /\$\{(\w+)(?::-([^}]*)|:\?([^}]*))?\}/g,
    (_, name: string, otherwise?: string, complaint?: string) => {
      const value = variables[name] ?? otherwise;
      if (value === undefined) throw new Error(`${name}: ${complaint ?? 'is not set'}`);
      return value;
    },
  );
  return (parse(filled, { merge: true }) as { services: Record<string, ComposeService> }).services;
}
