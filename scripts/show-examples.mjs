// Submits one task to each example through the queue, prints the results as they come, and says what to try next.
import { readFileSync } from 'node:fs';
import { createClient } from '../dist/client/index.js';

const root = new URL('..', import.meta.url);
const sample = (name) => {
  const bytes = readFileSync(new URL(`examples/meme-classifier/samples/${name}`, root));
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
};

/** The address `runyard up` will answer at, from the flags it was given. */
export function gatewayOf(args) {
  const flag = args.findIndex((arg) => arg === '--port' || arg.startsWith('--port='));
  const port = flag < 0 ? '8080' : (args[flag].split('=')[1] ?? args[flag + 1]);
  return `http://127.0.0.1:${port}`;
}

const EXPECTED = ['meme_classifier', 'ocr', 'language_detection', 'text_stats'];
const PATIENCE_MS = 180_000;

async function waitForExamples(client, signal) {
  const until = Date.now() + PATIENCE_MS;
  while (!signal.aborted && Date.now() < until) {
    const names = await client.algorithms().then(
      (algorithms) => algorithms.map(({ name }) => name),
      () => [], // not listening yet
    );
    if (EXPECTED.every((name) => names.includes(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  if (!signal.aborted) throw new Error(`not all of ${EXPECTED.join(', ')} came up; the lines above say why`);
}

export async function showExamples(url, signal) {
  const client = createClient({ url });
  await waitForExamples(client, signal);
  if (signal.aborted) return;
  const image_url = sample('deploy-friday.jpg');
  const text = 'Wer eine Funktion mit Typen schreibt, braucht keinen Server zu bauen.';
  console.log('One task for each, through the queue:\n');
  const show = async (algorithm, payload, label) => {
    const started = performance.now();
    const { id } = await client.submit(algorithm, payload);
    const task = await client.wait(id, { signal });
    const end =
      task.state === 'succeeded' ? JSON.stringify(task.result) : `${task.state}: ${task.error?.message}`;
    console.log(
      `  ${algorithm.padEnd(19)} ${label}\n${''.padEnd(21)} → ${end}  (${Math.round(performance.now() - started)} ms)\n`,
    );
    return task.result;
  };
  const [, caption] = await Promise.all([
    show('meme_classifier', { image_url }, 'samples/deploy-friday.jpg'),
    show('ocr', { image_url }, 'samples/deploy-friday.jpg'),
    show('language_detection', { text }, JSON.stringify(text)),
    show('text_stats', { text }, JSON.stringify(text)),
  ]);
  if (typeof caption === 'string')
    await show('language_detection', { text: caption }, 'chained: the text that ocr read');

  const flag = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`;
  console.log(`The yard stays up. In another terminal:

  npx runyard algorithms${flag}
  npx runyard run language_detection '{"text": "Plug it in, it is ready to play"}'${flag}
  npx runyard submit text_stats '{"text": "to be or not to be"}' --wait${flag}
  npx runyard tasks${flag}
  curl -s ${url}/run/ocr -H 'content-type: application/json' -d '{"image_url": "<address of a meme>"}'

Drop a folder with a runner_adapter.ts or runner_adapter.py into examples/ and call it. Docs: ${url}/docs
`);
}
