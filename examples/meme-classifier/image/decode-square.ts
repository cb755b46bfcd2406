import sharp from 'sharp';
import { DECODED_SIZE } from '../features/extract.js';

/** Largest picture that is decoded, in pixels. */
export const MAX_PIXELS = 50_000_000;

/** Decodes a picture of any format and proportions to the square that signatures are computed from. */
export async function decodeSquare(bytes: Buffer): Promise<Uint8Array> {
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .rotate()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .resize(DECODED_SIZE, DECODED_SIZE, { fit: 'fill' })
    .raw()
    .toBuffer();
}
