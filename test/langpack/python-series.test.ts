import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeProject, openPipe, toProject, untilReady, type PipeChild } from './python-fixture.js';

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');

async function start(name: string): Promise<PipeChild> {
  const { launch } = await describeProject(toProject(join(FIXTURES, name)));
  return untilReady(openPipe(launch));
}

const takes = (argument: string): object => ({
  type: 'object',
  properties: { [argument]: { type: 'string' } },
  required: [argument],
  additionalProperties: false,
});

/** The adapters of the plug & play series, as printed there; only what they import is supplied. */
describe('the adapters of the plug & play series', () => {
  it('are described', async () => {
    const memes = await describeProject(toProject(join(FIXTURES, 'meme-classifier')));
    expect(memes.algorithms).toEqual([
      { name: 'meme_classifier', mode: 'unary', input: takes('image_url'), limits: {} },
      { name: 'ocr', mode: 'unary', input: takes('image_url'), limits: {} },
    ]);
    const nlp = await describeProject(toProject(join(FIXTURES, 'nlp')));
    expect(nlp.algorithms).toEqual([
      { name: 'language_detection', mode: 'unary', input: takes('text'), limits: {} },
    ]);
  });

  it('run', async () => {
    const memes = await start('meme-classifier');
    const image_url = 'https://memegenerator.net/img/instances/39673831.jpg';
    expect(await memes.run('meme_classifier', { image_url })).toEqual({
      label: 'matrix_morpheus',
      score: 0.99998,
    });
    expect(await memes.run('ocr', { image_url })).toBe('WHAT IF 1 TOLDYOU');
    const nlp = await start('nlp');
    expect(await nlp.run('language_detection', { text: 'WHAT IF 1 TOLDYOU' })).toEqual({
      language: 'en',
      probability: 0.9998741149902344,
    });
  });

  it('say by the series’ own exception that an image could not be fetched', async () => {
    const memes = await start('meme-classifier');
    expect(await memes.fail('ocr', { image_url: 'http://host/missing.jpg' })).toMatchObject({
      error_type: 'RequestError',
      status: 404,
      message: 'Error fetching request image, received 404',
    });
  });
});
