// Draws references/ and samples/. Run it after changing references.ts: `npm run draw`.
import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { fitSize, letterLine } from './lettering.js';
import { TEMPLATES } from './references.js';

/** What is written on each sample: lines at the top, lines at the foot. */
const SAMPLES: Readonly<Record<string, { template: string; top: string[]; foot: string[] }>> = {
  'deploy-friday': {
    template: 'burning-server',
    top: ['DEPLOYED ON FRIDAY'],
    foot: ['WHAT COULD', 'POSSIBLY GO WRONG?'],
  },
  'typed-function': {
    template: 'thinking-robot',
    top: ['WHAT IF I TOLD YOU'],
    foot: ['A TYPED FUNCTION', 'IS ALL YOU NEED'],
  },
  'queue-retry': {
    template: 'wise-owl',
    top: ["I DON'T ALWAYS FAIL"],
    foot: ['BUT WHEN I DO,', 'THE QUEUE TRIES AGAIN'],
  },
  'one-does-not': {
    template: 'confused-penguin',
    top: ['ONE DOES NOT SIMPLY'],
    foot: ['WALK INTO PRODUCTION', 'WITHOUT TESTS'],
  },
};
const folder = (name: string): string => new URL(`../${name}/`, import.meta.url).pathname;

for (const name of ['references', 'samples']) mkdirSync(folder(name), { recursive: true });
for (const [label, svg] of Object.entries(TEMPLATES)) {
  const picture = sharp(Buffer.from(svg)).flatten({ background: '#fff' });
  writeFileSync(
    `${folder('references')}${label}.jpg`,
    await picture.jpeg({ quality: 82, mozjpeg: true }).toBuffer(),
  );
}
for (const [name, { template, top, foot }] of Object.entries(SAMPLES)) {
  const picture = sharp(Buffer.from(TEMPLATES[template]!)).flatten({ background: '#fff' });
  const caption = Buffer.from(drawCaption(top, foot));
  const written = await picture
    .composite([{ input: caption }])
    .png()
    .toBuffer();
  // Cut and resized a little: a sample is never its template with text on it, pixel for pixel.
  const cut = sharp(written).extract({ left: 14, top: 0, width: 612, height: 520 }).resize(560);
  writeFileSync(`${folder('samples')}${name}.jpg`, await cut.jpeg({ quality: 75 }).toBuffer());
}

function drawCaption(top: string[], foot: string[]): string {
  const line = (text: string, baseline: number): string =>
    letterLine({ text, x: 320, baseline, size: fitSize(text, 56, 580) });
  const lines = [
    ...top.map((text, n) => line(text, 66 + n * 66)),
    ...foot.map((text, n) => line(text, 496 - (foot.length - 1 - n) * 66)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="520">${lines.join('')}</svg>`;
}
