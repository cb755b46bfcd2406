import { RunyardError } from '../errors/index.js';

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** What would end an instruction, or the file as people see it. */
const UNWANTED = /[\p{Cc}\u2028\u2029]/u;

/**
 * One `ENV` instruction. A reference (`$NAME`, `${NAME}`) stays one, as in `/opt/x/bin:$PATH`; a dollar sign that is
 * meant as such is written `\$`; everything else is text.
 * @param where - file and key, for the message
 * @throws RunyardError `invalid_config` for a name or value that cannot be one
 */
export function renderVariable(name: string, value: unknown, where: string): string {
  if (!VARIABLE_NAME.test(name)) {
    throw invalid(
      `${where}: ${JSON.stringify(name)} is no name of a variable; expected letters, digits and _`,
    );
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid(`${where}.${name} must be a text or a number, but is ${JSON.stringify(value)}`);
  }
  const text = String(value);
  if (UNWANTED.test(text)) {
    throw invalid(
      `${where}.${name} must be one line without control characters, but is ${JSON.stringify(text)}`,
    );
  }
  return `ENV ${name}="${escapeValue(text)}"`;
}

/** Instructions that take a JSON list see no shell. */
export function renderList(words: readonly string[]): string {
  return JSON.stringify(words);
}

/** A path or name in an instruction. @throws RunyardError `invalid_config` when it holds control characters */
export function assertPlain(text: string, where: string): string {
  if (!UNWANTED.test(text)) return text;
  throw invalid(`${where} must be one line without control characters, but is ${JSON.stringify(text)}`);
}

function escapeValue(text: string): string {
  return text.replaceAll(/\\\$|\$\{?|[\\"]/g, (found, at: number) => {
    if (found === '\\$') return '\\$';
    if (found === '\\' || found === '"') return `\\${found}`;
    const isReference = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})/.test(text.slice(at));
    return isReference ? found : `\\${found}`;
  });
}

function invalid(message: string): RunyardError {
  return new RunyardError('invalid_config', message);
}
