import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Tesseract from 'tesseract.js';

/** How the recogniser expects a page to be laid out. */
export type PageLayout = 'automatic' | 'block' | 'sparse';

/** One word as it was read. */
export interface RecognisedWord {
  text: string;
  /** 0 to 100. */
  confidence: number;
  /** Where it stands on the page, in pixels. */
  box: { left: number; right: number; top: number; bottom: number };
}

/** Text as it was read, line by line. */
export type RecognisedLine = RecognisedWord[];

const MODES = {
  automatic: Tesseract.PSM.AUTO,
  block: Tesseract.PSM.SINGLE_BLOCK,
  sparse: Tesseract.PSM.SPARSE_TEXT,
};

/** Tesseract with English data from npm: nothing is downloaded and nothing is written. */
export class Recogniser {
  readonly #worker: Tesseract.Worker;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(worker: Tesseract.Worker) {
    this.#worker = worker;
  }

  static async create(): Promise<Recogniser> {
    const data = dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'));
    const worker = await Tesseract.createWorker('eng', Tesseract.OEM.LSTM_ONLY, {
      langPath: join(data, '4.0.0_best_int'),
      cacheMethod: 'none',
      gzip: true,
      // Without a handler an unreadable image ends the whole process; the call itself rejects as well.
      errorHandler: () => undefined,
    });
    return new Recogniser(worker);
  }

  /** Reads a page. Pages wait for each other: the layout is a setting of the one worker. */
  recognise(page: Buffer, layout: PageLayout): Promise<RecognisedLine[]> {
    const result = this.#queue.then(() => this.#recognise(page, layout));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #recognise(page: Buffer, layout: PageLayout): Promise<RecognisedLine[]> {
    await this.#worker.setParameters({ tessedit_pageseg_mode: MODES[layout], user_defined_dpi: '150' });
    const { data } = await this.#worker.recognize(page, {}, { text: false, blocks: true });
    const lines = (data.blocks ?? []).flatMap(({ paragraphs }) => paragraphs.flatMap((one) => one.lines));
    return lines.map(({ words }) => words.map(toWord));
  }

  /** Ends the worker thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

function toWord({ text, confidence, bbox }: Tesseract.Word): RecognisedWord {
  return { text, confidence, box: { left: bbox.x0, right: bbox.x1, top: bbox.y0, bottom: bbox.y1 } };
}
