import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { drawScene } from '../../examples/meme-classifier/bench/scenes.js';
import type * as Adapter from '../../examples/meme-classifier/runner_adapter.js';
import { startServer, stopServer } from '../net/http-fixture.js';

// A busy machine takes its time over text.
vi.setConfig({ testTimeout: 120_000 });

const example = fileURLToPath(new URL('../../examples/meme-classifier/', import.meta.url));

let adapter: typeof Adapter;
let references: string;
let server: Server;
let address: string;

beforeAll(async () => {
  references = await mkdtemp(join(tmpdir(), 'runyard-references-'));
  for (const name of await readdir(join(example, 'references'))) {
    await copyFile(join(example, 'references', name), join(references, name));
  }
  vi.stubEnv('MEME_REFERENCES', references);
  const [started, port] = await startServer((request, response) => {
    void readFile(join(example, 'samples', (request.url ?? '').slice(1)))
      .then((bytes) => response.setHeader('content-type', 'image/jpeg').end(bytes))
      .catch(() => response.writeHead(404).end());
  });
  server = started;
  address = `http://127.0.0.1:${port}`;
  adapter = await import('../../examples/meme-classifier/runner_adapter.js');
  await adapter.setup();
});

beforeEach(() => vi.stubEnv('ALLOW_PRIVATE_ADDRESSES', '1'));

afterAll(async () => {
  await adapter.teardown();
  await stopServer(server);
  await rm(references, { recursive: true });
  vi.unstubAllEnvs();
});

const asUrl = (bytes: Buffer): string => `data:image/jpeg;base64,${bytes.toString('base64')}`;

/** What is written on the samples; see scripts/draw.ts. */
const SAMPLES: [string, string, string][] = [
  ['deploy-friday', 'burning-server', 'DEPLOYED ON FRIDAY WHAT COULD POSSIBLY GO WRONG?'],
  ['typed-function', 'thinking-robot', 'WHAT IF I TOLD YOU A TYPED FUNCTION IS ALL YOU NEED'],
  ['queue-retry', 'wise-owl', "I DON'T ALWAYS FAIL BUT WHEN I DO, THE QUEUE TRIES AGAIN"],
  ['one-does-not', 'confused-penguin', 'ONE DOES NOT SIMPLY WALK INTO PRODUCTION WITHOUT TESTS'],
];

describe('reading captions', () => {
  it.each(SAMPLES)('every word of %s is read', async (name, _label, text) => {
    const read = await adapter.run_ocr(`${address}/${name}.jpg`);
    expect(read.replaceAll('\n', ' ')).toBe(text);
  });

  it('dark text on a light page is read', async () => {
    const line = (text: string, y: number): string =>
      `<text x="40" y="${y}" font-size="34" font-family="DejaVu Sans, sans-serif">${text}</text>`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="240"><rect width="800" height="240" fill="#fff"/>${line('Minutes of the meeting', 80)}${line('The queue was discussed', 140)}</svg>`;
    const page = await sharp(Buffer.from(svg)).jpeg().toBuffer();
    expect(await adapter.run_ocr(asUrl(page))).toBe('Minutes of the meeting\nThe queue was discussed');
  });

  it('a picture without text gives an empty text', async () => {
    expect(await adapter.run_ocr(pathToFileURL(join(example, 'references', 'mountain-view.jpg')).href)).toBe(
      '',
    );
  });
});

describe('recognising templates', () => {
  it.each(SAMPLES)('%s is recognised as %s', async (name, label) => {
    const found = await adapter.run_meme_classifier(`${address}/${name}.jpg`);
    expect(found.label).toBe(label);
    expect(found.score).toBeGreaterThan(0.8);
  });

  it('a picture of something else is unknown, until a reference is added', async () => {
    const scene = await drawScene(4711);
    const cut = await sharp(scene)
      .resize(333, 250, { fit: 'fill' })
      .greyscale()
      .jpeg({ quality: 40 })
      .toBuffer();
    const before = await adapter.run_meme_classifier(asUrl(cut));
    expect(before.label).toBe('unknown');
    expect(before.score).toBeLessThan(0.5);

    await writeFile(join(references, 'new template.jpg'), scene);
    expect((await adapter.run_meme_classifier(asUrl(cut))).label).toBe('new template');

    await rm(join(references, 'new template.jpg'));
    expect((await adapter.run_meme_classifier(asUrl(cut))).label).toBe('unknown');
  });

  it('a file among the references that is no picture is passed over', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await writeFile(join(references, 'broken.jpg'), 'not a picture');
    expect((await adapter.run_meme_classifier(`${address}/queue-retry.jpg`)).label).toBe('wise-owl');
    expect(warn).toHaveBeenCalledOnce();
    await rm(join(references, 'broken.jpg'));
    warn.mockRestore();
  });
});

describe.each(['run_meme_classifier', 'run_ocr'] as const)('what %s says of a bad image_url', (name) => {
  it('an address that answers 404', async () => {
    await expect(adapter[name](`${address}/none.jpg`)).rejects.toMatchObject({
      name: 'RequestError',
      status: 404,
      message: 'Error fetching request image, received 404',
    });
  });

  it('a private address, unless they are allowed', async () => {
    vi.stubEnv('ALLOW_PRIVATE_ADDRESSES', '');
    await expect(adapter[name](`${address}/queue-retry.jpg`)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: 'Error fetching request image, received private_address',
      path: 'image_url',
    });
  });

  it.each(['references/wise-owl.jpg', '/etc/passwd', 'ftp://example.org/x.png', ''])(
    '"%s" is no address',
    async (url) => {
      await expect(adapter[name](url)).rejects.toMatchObject({ name: 'InvalidInput', path: 'image_url' });
    },
  );

  it('a file outside the project', async () => {
    await expect(adapter[name]('file:///etc/passwd')).rejects.toMatchObject({
      name: 'InvalidInput',
      message: 'Error fetching request image, received outside_root',
      path: 'image_url',
    });
  });

  it('bytes that are no picture, and a picture cut off in the middle', async () => {
    const whole = await readFile(join(example, 'samples', 'queue-retry.jpg'));
    for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), whole.subarray(0, whole.length / 2)]) {
      await expect(adapter[name](asUrl(bytes))).rejects.toMatchObject({
        name: 'InvalidInput',
        path: 'image_url',
      });
    }
  });

  it('a drawing that is no pixels', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(adapter[name](asUrl(svg))).rejects.toMatchObject({
      name: 'InvalidInput',
      path: 'image_url',
    });
  });
});

describe('a picture of more pixels than are decoded', () => {
  it('is refused', async () => {
    const huge = sharp({ create: { width: 7200, height: 7000, channels: 3, background: '#fff' } });
    const bytes = await huge.toColourspace('b-w').png({ compressionLevel: 1 }).toBuffer();
    await expect(adapter.run_ocr(asUrl(bytes))).rejects.toMatchObject({
      name: 'InvalidInput',
      path: 'image_url',
    });
  });
});
