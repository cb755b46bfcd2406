import sharp from 'sharp';
import type { GreyImage } from './components.js';
import { readCaptions } from './read-captions.js';
import { joinLines, judgeLine, type Reading } from './reading.js';
import type { PageLayout, Recogniser } from './recogniser.js';

/** Longest side that pictures are brought to: small lettering needs magnifying, a huge photograph does not. */
const WORKING_SIDE = 1400;
const MAX_MAGNIFICATION = 4;
/** Brightness from which a pixel may belong to a white letter; the second is for lettering on a bright ground. */
const THRESHOLDS = [200, 236] as const;
/** Mean confidence from which no other way of reading is tried. */
const SURE = 88;

/**
 * Reads the text in a picture: white captions with a dark outline first, then text of any other kind, and gives whichever
 * reading is the most certain.
 *
 * @returns lines from top to bottom, empty when there is no text
 */
export async function readText(bytes: Buffer, recogniser: Recogniser, signal?: AbortSignal): Promise<string> {
  const image = await decodeGrey(bytes);
  const readings: Reading[] = [];
  for (const threshold of THRESHOLDS) {
    const reading = await readCaptions(image, threshold, recogniser, signal);
    if (reading.confidence >= SURE && reading.score > 3) return toText([...readings, reading]);
    readings.push(reading);
  }
  for (const [layout, negate] of [
    ['automatic', false],
    ['sparse', true],
  ] as const) {
    signal?.throwIfAborted();
    readings.push(await readPage(await encode(image, negate), layout, recogniser));
    if (best(readings).confidence >= SURE) break;
  }
  return toText(readings);
}

async function readPage(page: Buffer, layout: PageLayout, recogniser: Recogniser): Promise<Reading> {
  const lines = (await recogniser.recognise(page, layout)).map(judgeLine);
  return joinLines(lines.filter(({ confidence }) => confidence >= 55));
}

async function decodeGrey(bytes: Buffer): Promise<GreyImage> {
  const { width, height } = await sharp(bytes).metadata();
  const scale = Math.min(MAX_MAGNIFICATION, WORKING_SIDE / Math.max(width, height));
  const { data, info } = await sharp(bytes)
    .rotate()
    .flatten({ background: '#fff' })
    .resize({
      width: Math.round(width * scale),
      height: Math.round(height * scale),
      fit: 'inside',
      kernel: 'cubic',
    })
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function encode({ width, height, data }: GreyImage, negate: boolean): Promise<Buffer> {
  const image = sharp(Buffer.from(data.buffer, data.byteOffset, data.length), {
    raw: { width, height, channels: 1 },
  });
  return (negate ? image.negate() : image).png({ compressionLevel: 1 }).toBuffer();
}

function best(readings: Reading[]): Reading {
  return readings.reduce((a, b) => (b.score > a.score ? b : a));
}

function toText(readings: Reading[]): string {
  return best(readings).lines.join('\n');
}
