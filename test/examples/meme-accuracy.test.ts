import { describe, expect, it } from 'vitest';
import { evaluate, type Picture } from '../../examples/meme-classifier/bench/evaluation.js';
import { drawScene } from '../../examples/meme-classifier/bench/scenes.js';

const drawMany = (from: number, count: number): Picture[] =>
  Array.from({ length: count }, (_, n) => ({ name: `scene-${from + n}`, load: () => drawScene(from + n) }));

describe('the accuracy of the meme classifier', () => {
  it('holds under four lines of caption, crop, rescale and JPEG quality 40, and other pictures are unknown', async () => {
    const figures = await evaluate(drawMany(9000, 36), drawMany(9500, 28), 7);
    expect(figures.right / figures.known, figures.errors.join('\n')).toBeGreaterThanOrEqual(0.99);
    expect(figures.rejected / figures.foreign, figures.errors.join('\n')).toBeGreaterThanOrEqual(0.95);
  }, 400_000);
});
