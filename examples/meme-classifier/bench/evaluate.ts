// How well templates are recognised: `npm run evaluate [references] [foreign] [seed] [folder]`.
// Draws its own pictures; with a folder, its pictures are used instead, the first as references and the rest as foreign.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../scripts/random.js';
import { evaluate, type Picture } from './evaluation.js';
import { drawScene } from './scenes.js';

const [references = 400, foreign = 400, seed = 1] = process.argv.slice(2, 5).map(Number);
const folder = process.argv[5];
const pictures = folder ? readFolder(folder) : drawMany(references + foreign);
const figures = await evaluate(
  pictures.slice(0, references),
  pictures.slice(references, references + foreign),
  seed,
);
const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
for (const error of figures.errors) console.log(error);
console.log(
  `known templates named rightly  ${share(figures.right, figures.known)}, ${figures.confused} confused`,
);
console.log(`foreign pictures unknown       ${share(figures.rejected, figures.foreign)}`);
console.log(
  `time for each picture          ${figures.meanMs.toFixed(0)} ms with ${figures.known} references`,
);

function drawMany(count: number): Picture[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `scene-${seed * 100_000 + n}`,
    load: () => drawScene(seed * 100_000 + n),
  }));
}

function readFolder(path: string): Picture[] {
  const random = createRandom(seed);
  return readdirSync(path)
    .map((name) => ({ name, load: () => readFile(join(path, name)), order: random() }))
    .sort((a, b) => a.order - b.order);
}
