import sharp from 'sharp';
import { letterLine, fitSize } from '../scripts/lettering.js';
import type { Random } from '../scripts/random.js';

const WORDS = (
  'when you finally fix the bug but it was never broken nobody expects one more meeting could have been an email ' +
  'coffee deploy friday why not both I don\'t always test my code production "works" on machine cats said yes? wait ' +
  'what brace yourselves winter is coming so many memes such wow very caption me also everyone else 42 times!'
).split(' ');

/** What is done to a template to make a test picture of it. */
export interface Distortion {
  /** Lines of caption, 0 for none. */
  lines: number;
  /** Largest share cut off at each side. */
  crop: number;
  /** Quality of the JPEG. */
  quality: number;
}

/** The full treatment: four lines anywhere, up to a tenth off every side, another size, JPEG quality 40. */
export const FULL: Distortion = { lines: 4, crop: 0.1, quality: 40 };

/** Makes a meme of a template: caption, crop, rescale, JPEG. */
export async function distort(template: Buffer, how: Distortion, random: Random): Promise<Buffer> {
  const { data, info } = await sharp(template)
    .flatten({ background: '#fff' })
    .toBuffer({ resolveWithObject: true });
  const captioned = await sharp(data)
    .composite([{ input: Buffer.from(drawCaption(info.width, info.height, how.lines, random)) }])
    .removeAlpha()
    .png({ compressionLevel: 0 })
    .toBuffer();
  const edge = (): number => (random() < 0.3 ? how.crop : random.between(0, how.crop));
  const left = Math.round(info.width * edge());
  const top = Math.round(info.height * edge());
  const width = info.width - left - Math.round(info.width * edge());
  const height = info.height - top - Math.round(info.height * edge());
  const scale = Math.max(random.between(0.45, 1.5), 160 / Math.min(width, height));
  const stretch = random() < 0.3 ? random.between(0.85, 1.18) : 1;
  return sharp(captioned)
    .extract({ left, top, width, height })
    .resize(Math.round(width * scale * stretch), Math.round(height * scale), { fit: 'fill' })
    .jpeg({ quality: how.quality })
    .toBuffer();
}

function drawCaption(width: number, height: number, lines: number, random: Random): string {
  const paths: string[] = [];
  const free = random() < 0.4;
  for (let n = 0; n < lines; n++) {
    const text = drawText(random, random.integer(2, 6));
    const size = fitSize(text, height * random.between(0.07, 0.15), width * random.between(0.6, 0.96));
    // Half at the top, half at the bottom, or anywhere.
    const place = n < lines / 2 ? 0.14 + 0.14 * n : 0.97 - 0.14 * (lines - 1 - n);
    const baseline = height * (free ? random.between(0.12, 0.98) : place);
    paths.push(letterLine({ text, x: width * (free ? random.between(0.4, 0.6) : 0.5), baseline, size }));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${paths.join('')}</svg>`;
}

/** A few words in capitals. */
export function drawText(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS))
    .join(' ')
    .toUpperCase();
}
