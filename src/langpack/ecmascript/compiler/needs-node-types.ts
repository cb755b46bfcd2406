import { runInNewContext } from 'node:vm';
import { ts } from './typescript.js';

/** What there is in Node and not in the language itself, and words that lead to it. */
const NODE_NAMES = new Set([
  ...Object.getOwnPropertyNames(globalThis),
  ...['NodeJS', 'require', 'module', '__filename', '__dirname', 'meta', 'signal'],
]);
for (const name of runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[])
  NODE_NAMES.delete(name);
NODE_NAMES.add('console').add('WebAssembly');

/**
 * Whether a project's types may have to do with Node's own. Reading those takes longer than all the rest, and what only
 * computes does without. A word in a comment is enough to say yes: that costs time, a wrong no would cost truth.
 */
export function needsNodeTypes(files: readonly ts.SourceFile[]): boolean {
  return files.some(({ text }) => importsPackages(text) || mentionsNode(text));
}

function importsPackages(text: string): boolean {
  return ts
    .preProcessFile(text)
    .importedFiles.some(({ fileName }) => !/^\.|^runyard\/adapter$/.test(fileName));
}

function mentionsNode(text: string): boolean {
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) if (NODE_NAMES.has(word)) return true;
  return false;
}
