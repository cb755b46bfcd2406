/**
 * The child that runs a classic JavaScript or TypeScript project: `node classic.mjs <module>`, whose `apply` takes anything.
 * It speaks version 1 of the pipe protocol: one request a line on stdin, one answer at a time to what ALGOOUT names, or to
 * `/tmp/algoout`, opened and closed for each.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Answers } from './pipe/answers.mjs';
import { describeThrown } from './pipe/errors.mjs';

const FIFO = '/tmp/algoout';

/** @returns {Promise<(input: unknown) => Promise<unknown>>} `apply`, whether it calls back, returns or gives a promise */
async function loadApply(path) {
  const module = await import(pathToFileURL(path).href);
  const apply = module.apply ?? module.default?.apply;
  if (typeof apply !== 'function') {
    process.stderr.write(`${path} exports no function apply(input, callback)\n`);
    process.exit(1);
  }
  if (apply.length < 2) return async (input) => apply(input);
  return (input) =>
    new Promise((resolve, reject) => {
      const returned = apply(input, (error, result) =>
        error === null || error === undefined ? resolve(result) : reject(toError(error)),
      );
      // A function that calls back may be async all the same: what it throws would end the process.
      if (typeof returned?.then === 'function') returned.then(undefined, reject);
    });
}

/** Callbacks are often given a text for an error. */
function toError(error) {
  if (error instanceof Error) return error;
  const made = new Error(typeof error === 'string' ? error : JSON.stringify(error));
  made.name = 'AlgorithmError';
  return made;
}

function decode({ content_type: type, data }) {
  return type === 'binary' ? Buffer.from(data, 'base64') : data;
}

function encode(result) {
  if (ArrayBuffer.isView(result) || result instanceof ArrayBuffer) {
    const bytes = ArrayBuffer.isView(result)
      ? Buffer.from(result.buffer, result.byteOffset, result.byteLength)
      : Buffer.from(result);
    return { result: bytes.toString('base64'), metadata: { content_type: 'binary' } };
  }
  const type = typeof result === 'string' ? 'text' : 'json';
  return { result: result ?? null, metadata: { content_type: type } };
}

async function answer(apply, line) {
  try {
    return JSON.stringify(encode(await apply(decode(JSON.parse(line)))));
  } catch (thrown) {
    const { message, error_type, stacktrace } = describeThrown(thrown);
    return JSON.stringify({ error: { message, stacktrace, error_type } });
  }
}

const target = process.env.ALGOOUT;
const kept = target ? new Answers(target) : undefined;
const apply = await loadApply(process.argv[2]);
process.stdout.write('PIPE_INIT_COMPLETE\n');
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === '') continue;
  const text = await answer(apply, line);
  if (kept) {
    kept.push(text);
    kept.flush();
  } else writeFileSync(FIFO, `${text}\n`);
}
await kept?.end();
process.exit(0);
