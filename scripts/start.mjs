// `npm start`: installs and builds what is missing, brings up the yard with the examples, and shows it working.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from './build.mjs';
import { assertNode, install } from './install.mjs';

assertNode();
install();
console.log(build() ? 'Built.' : '');

const root = fileURLToPath(new URL('..', import.meta.url));
const { showExamples, gatewayOf } = await import('./show-examples.mjs');
const args = process.argv.slice(2);
// The examples would be shown on that yard, as if they were on this one.
if (await fetch(gatewayOf(args)).catch(() => undefined)) {
  console.error(`Something answers at ${gatewayOf(args)} already; end it, or take other ports:
  npm start -- --port 8081 --discovery-port 5100`);
  process.exit(2);
}
const yard = spawn(
  process.execPath,
  [join(root, 'dist', 'cli', 'main.js'), 'up', 'examples', '--watch', ...args],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
const ended = new Promise((resolve) =>
  yard.on('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1))),
);
// A terminal's Ctrl-C reaches the yard itself; a signal to this process alone is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => yard.kill('SIGTERM'));

const gaveUp = new AbortController();
void ended.then(() => gaveUp.abort());
await showExamples(gatewayOf(args), gaveUp.signal).catch((error) => {
  if (!gaveUp.signal.aborted) console.error(`The examples could not be shown: ${error.message}`);
});
process.exit(await ended);
