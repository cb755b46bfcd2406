// ../scratch-ml/sweep.ts
import { readFileSync } from "node:fs";
import sharp2 from "sharp";
import opentype from "opentype.js";

// examples/meme-classifier/ocr/recogniser.ts
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Tesseract from "tesseract.js";
var MODES = { automatic: Tesseract.PSM.AUTO, block: Tesseract.PSM.SINGLE_BLOCK, sparse: Tesseract.PSM.SPARSE_TEXT };
var Recogniser = class _Recogniser {
  #worker;
  #queue = Promise.resolve();
  constructor(worker) {
    this.#worker = worker;
  }
  static async create() {
    const data = dirname(createRequire(import.meta.url).resolve("@tesseract.js-data/eng/package.json"));
    const worker = await Tesseract.createWorker("eng", Tesseract.OEM.LSTM_ONLY, {
      langPath: join(data, "4.0.0_best_int"),
      cacheMethod: "none",
      gzip: true,
      // Without a handler an unreadable image ends the whole process; the call itself rejects as well.
      errorHandler: () => void 0
    });
    return new _Recogniser(worker);
  }
  /** Reads a page. Pages wait for each other: the layout is a setting of the one worker. */
  recognise(page, layout) {
    const result = this.#queue.then(() => this.#recognise(page, layout));
    this.#queue = result.catch(() => void 0);
    return result;
  }
  async #recognise(page, layout) {
    await this.#worker.setParameters({ tessedit_pageseg_mode: MODES[layout], user_defined_dpi: "150" });
    const { data } = await this.#worker.recognize(page, {}, { text: false, blocks: true });
    const lines = (data.blocks ?? []).flatMap(({ paragraphs }) => paragraphs.flatMap((one) => one.lines));
    return lines.map(({ words }) => words.map(toWord));
  }
  /** Ends the worker thread. */
  async close() {
    await this.#worker.terminate();
  }
};
function toWord({ text, confidence, bbox }) {
  return { text, confidence, box: { left: bbox.x0, right: bbox.x1, top: bbox.y0, bottom: bbox.y1 } };
}

// examples/meme-classifier/ocr/caption-page.ts
import sharp from "sharp";

// examples/meme-classifier/ocr/caption-lines.ts
var LEAST_BRIGHTNESS = 222;
var heightOf = (box) => box.bottom - box.top + 1;
var widthOf = (box) => box.right - box.left + 1;
function findLines(components, width, height) {
  const outlined = components.filter((one) => isOutlined(one, width, height));
  const letters = outlined.filter((one) => isLetter(one, height)).sort((a, b) => a.left - b.left);
  const lines = [];
  for (const letter of letters) {
    const line = closest(lines, letter);
    if (line) append(line, letter);
    else lines.push({ letters: [letter], left: letter.left, right: letter.right, top: letter.top, bottom: letter.bottom });
  }
  const merged = mergeLines(lines).filter(isLettering);
  const taken = new Set(merged.flatMap((line) => line.letters));
  for (const mark of outlined) if (!taken.has(mark)) addMark(merged, mark);
  for (const line of merged) line.letters.sort((a, b) => a.left - b.left);
  return merged.sort((a, b) => a.top - b.top || a.left - b.left);
}
function isOutlined(one, width, height) {
  if (one.area < 6 || heightOf(one) > height * 0.35 || widthOf(one) > width * 0.5) return false;
  if (one.left === 0 && one.top === 0) return false;
  return one.darkRim >= one.rim * 0.6 && one.brightness >= one.area * LEAST_BRIGHTNESS;
}
function isLetter(one, height) {
  const tall = heightOf(one);
  const wide = widthOf(one);
  const density = one.area / (tall * wide);
  return tall >= Math.max(10, height * 0.012) && wide <= tall * 6 && wide >= tall * 0.06 && density > 0.12;
}
function closest(lines, letter) {
  let found;
  let least = Infinity;
  for (const line of lines) {
    const last = line.letters[line.letters.length - 1];
    const tall = Math.max(heightOf(last), heightOf(letter));
    const gap = letter.left - line.right;
    const overlap = Math.min(last.bottom, letter.bottom) - Math.max(last.top, letter.top) + 1;
    if (gap > tall * 1.6 || overlap < tall * 0.55 || gap >= least) continue;
    least = gap;
    found = line;
  }
  return found;
}
function append(line, letter) {
  line.letters.push(letter);
  line.left = Math.min(line.left, letter.left);
  line.right = Math.max(line.right, letter.right);
  line.top = Math.min(line.top, letter.top);
  line.bottom = Math.max(line.bottom, letter.bottom);
}
function mergeLines(lines) {
  const merged = [];
  for (const line of lines.sort((a, b) => a.left - b.left)) {
    const home = merged.find((other) => {
      const tall = Math.max(heightOf(other), heightOf(line));
      const overlap = Math.min(other.bottom, line.bottom) - Math.max(other.top, line.top) + 1;
      return overlap > tall * 0.7 && line.left - other.right < tall * 2;
    });
    if (home) for (const letter of line.letters) append(home, letter);
    else merged.push(line);
  }
  return merged;
}
function isLettering(line) {
  return line.letters.length >= 2 || widthOf(line) > heightOf(line) * 1.2;
}
function addMark(lines, mark) {
  const middleX = (mark.left + mark.right) / 2;
  const middleY = (mark.top + mark.bottom) / 2;
  const home = lines.find((line) => {
    const tall = heightOf(line);
    const isNear = middleX > line.left - tall * 0.5 && middleX < line.right + tall * 0.5;
    const isLevel = middleY > line.top - tall * 0.25 && middleY < line.bottom + tall * 0.25;
    return isNear && isLevel && heightOf(mark) < tall * 1.15 && mark.area > tall * tall * 4e-3;
  });
  if (home) append(home, mark);
}

// examples/meme-classifier/ocr/components.ts
var DARK = 110;
function findComponents(image, threshold, rimReach) {
  const { width, height, data } = image;
  const labels = new Int32Array(width * height);
  const darkest = minimumFilter(image, rimReach);
  const list = [];
  const stack = [];
  for (let start = 0; start < data.length; start++) {
    if (labels[start] !== 0 || data[start] < threshold) continue;
    const component = createComponent(list.length + 1);
    list.push(component);
    labels[start] = component.id;
    stack.push(start);
    for (let at = stack.pop(); at !== void 0; at = stack.pop()) {
      const x = at % width;
      const y = (at - x) / width;
      include(component, x, y, data[at]);
      let isRim = false;
      for (let n = 0; n < 4; n++) {
        const nx = x + (n === 0 ? 1 : n === 1 ? -1 : 0);
        const ny = y + (n === 2 ? 1 : n === 3 ? -1 : 0);
        if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
        const next = ny * width + nx;
        if (data[next] < threshold) isRim = true;
        else if (labels[next] === 0) {
          labels[next] = component.id;
          stack.push(next);
        }
      }
      if (!isRim) continue;
      component.rim++;
      if (darkest[at] < DARK) component.darkRim++;
    }
  }
  return { labels, list };
}
function createComponent(id) {
  return { id, left: Infinity, top: Infinity, right: -1, bottom: -1, area: 0, brightness: 0, rim: 0, darkRim: 0 };
}
function include(component, x, y, brightness) {
  component.left = Math.min(component.left, x);
  component.right = Math.max(component.right, x);
  component.top = Math.min(component.top, y);
  component.bottom = Math.max(component.bottom, y);
  component.area++;
  component.brightness += brightness;
}
function minimumFilter({ width, height, data }, reach) {
  const across = new Uint8Array(data.length);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) minimumAlong(data, across, y * width, 1, width, reach);
  for (let x = 0; x < width; x++) minimumAlong(across, result, x, width, height, reach);
  return result;
}
function minimumAlong(from, to, start, step, count, reach) {
  for (let i = 0; i < count; i++) {
    let least = 255;
    const last = Math.min(count - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= last; j++) least = Math.min(least, from[start + j * step]);
    to[start + i * step] = least;
  }
}

// examples/meme-classifier/ocr/caption-page.ts
var MARGIN = 24;
var MAX_LINES = 30;
var MAX_LINE_WIDTH = 3600;
var SOFT_EDGE = 2;
function cutCaptionLines(image, threshold) {
  const reach = Math.max(3, Math.round(Math.max(image.width, image.height) / 250));
  const components = findComponents(image, threshold, reach);
  const lines = findLines(components.list, image.width, image.height);
  const likely = [...lines].sort((a, b) => b.letters.length - a.letters.length).slice(0, MAX_LINES);
  return lines.filter((line) => likely.includes(line)).map((line) => cutLine(line, components, image));
}
function cutLine(line, { labels }, image) {
  const shifts = widenGaps(line);
  const width = line.right - line.left + 1 + (shifts[shifts.length - 1]?.shift ?? 0);
  const height = line.bottom - line.top + 1;
  const pixels = Buffer.alloc(width * height, 255);
  for (const { letter, shift } of shifts) {
    const from = { x: Math.max(line.left, letter.left - SOFT_EDGE), y: Math.max(line.top, letter.top - SOFT_EDGE) };
    const to = { x: Math.min(line.right, letter.right + SOFT_EDGE), y: Math.min(line.bottom, letter.bottom + SOFT_EDGE) };
    for (let y = from.y; y <= to.y; y++) {
      for (let x = from.x; x <= to.x; x++) {
        if (!touches(labels, letter.id, x, y, image)) continue;
        const ink = Math.max(0, Math.min(1, (image.data[y * image.width + x] - 130) / 115));
        const at = (y - line.top) * width + x - line.left + shift;
        pixels[at] = Math.min(pixels[at], Math.round(255 * (1 - ink)));
      }
    }
  }
  return { line, shifts, width, height, pixels };
}
function touches(labels, id, x, y, { width, height }) {
  for (let dy = -SOFT_EDGE; dy <= SOFT_EDGE; dy++) {
    const row = y + dy;
    if (row < 0 || row >= height) continue;
    for (let dx = -SOFT_EDGE; dx <= SOFT_EDGE; dx++) {
      const column = x + dx;
      if (column >= 0 && column < width && labels[row * width + column] === id) return true;
    }
  }
  return false;
}
function widenGaps(line) {
  const tall = typicalHeight(line);
  const gaps = [];
  let end = line.left;
  for (const letter of line.letters) {
    gaps.push(Math.max(0, letter.left - end));
    end = Math.max(end, letter.right);
  }
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  let shift = 0;
  return line.letters.map((letter, n) => {
    if (gaps[n] > tall * 0.17 && gaps[n] > usual * 2) shift += Math.round(tall * 0.3);
    return { letter, shift };
  });
}
async function layOutPage(lines, style) {
  const strips = [];
  const placed = [];
  let top = MARGIN;
  let pageWidth = 0;
  for (const cut of lines) {
    const scale = Math.min(style.letterHeight / typicalHeight(cut.line), MAX_LINE_WIDTH / (cut.width * style.stretch));
    const width = Math.max(4, Math.round(cut.width * scale * style.stretch));
    const height = Math.max(4, Math.round(cut.height * scale));
    const drawn = await sharp(cut.pixels, { raw: { width: cut.width, height: cut.height, channels: 1 } }).resize(width, height, { fit: "fill", kernel: "cubic" }).toColourspace("b-w").raw().toBuffer();
    const thinner = thin(drawn, width, height, countPeels(cut.line, scale, style));
    const input = await sharp(thinner, { raw: { width, height, channels: 1 } }).png({ compressionLevel: 1 }).toBuffer();
    placed.push({ input, left: MARGIN, top });
    strips.push({ top, bottom: top + height, left: MARGIN, scaleX: width / cut.width });
    top += height + MARGIN;
    pageWidth = Math.max(pageWidth, width);
  }
  const png = await sharp({
    create: { width: pageWidth + 2 * MARGIN, height: top, channels: 3, background: "#fff" }
  }).composite(placed).greyscale().png({ compressionLevel: 1 }).toBuffer();
  return { png, strips };
}
function typicalHeight(line) {
  const heights = line.letters.map(({ top, bottom }) => bottom - top + 1).sort((a, b) => a - b);
  return heights[Math.floor(heights.length * 0.7)];
}
function countPeels({ letters }, scale, { letterHeight, maxStroke }) {
  const strokes = letters.map(({ area, rim }) => 2 * area / rim).sort((a, b) => a - b);
  const stroke = strokes[Math.floor(strokes.length / 2)] * scale;
  return Math.max(0, Math.round((stroke - maxStroke * letterHeight) / 2));
}
function thin(pixels, width, height, times) {
  let current = pixels;
  for (let n = 0; n < times; n++) {
    const next = Buffer.from(current);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        let lightest = current[i];
        if (x > 0) lightest = Math.max(lightest, current[i - 1]);
        if (x < width - 1) lightest = Math.max(lightest, current[i + 1]);
        if (y > 0) lightest = Math.max(lightest, current[i - width]);
        if (y < height - 1) lightest = Math.max(lightest, current[i + width]);
        next[i] = lightest;
      }
    }
    current = next;
  }
  return current;
}

// ../scratch-ml/sweep.ts
var F = { anton: "/work/main/node_modules/@fontsource/anton/files/anton-latin-400-normal.woff", oswald: "/work/scratch-ml/fonts/node_modules/@fontsource/oswald/files/oswald-latin-700-normal.woff", bebas: "/work/scratch-ml/fonts/node_modules/@fontsource/bebas-neue/files/bebas-neue-latin-400-normal.woff", league: "/work/scratch-ml/fonts/node_modules/@fontsource/league-gothic/files/league-gothic-latin-400-normal.woff", dejavu: "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf" };
var C = ["ONE DOES NOT SIMPLY WALK INTO PRODUCTION", "I DON'T ALWAYS TEST MY CODE", "BUT WHEN I DO, I DO IT IN", "WHY NOT BOTH?", "BRACE YOURSELVES WINTER IS COMING", "NOBODY EXPECTS THE FRIDAY DEPLOY!", "Y U NO COMMENT YOUR CODE", "SUCH QUEUE VERY RETRY WOW", "IT'S NOT A BUG, IT'S A FEATURE", "KEEP CALM AND CALL MOM", "WHAT IF I TOLD YOU", "SHUT UP AND TAKE MY MONEY", "ALL YOUR BASE ARE BELONG TO US", "THE MEETING COULD HAVE BEEN AN EMAIL", "404 PANTS NOT FOUND", "SIZE MATTERS: 42 CATS", "CAN'T TOUCH THIS", "HE WHO MUST NOT BE NAMED", "LIFE IS LIKE A BOX OF CHOCOLATES"];
var rec = await Recogniser.create();
var norm = (s) => s.toUpperCase().replace(/[^A-Z0-9' ]/g, " ").split(/\s+/).filter(Boolean);
var styles = [];
for (const h of [30, 36, 44]) for (const st of [1, 1.3, 1.6]) for (const ms of [1, 0.15, 0.11]) styles.push({ letterHeight: h, stretch: st, maxStroke: ms });
var table = styles.map(() => ({}));
for (const fn of Object.keys(F)) for (const low of [0, 1]) {
  const b = readFileSync(F[fn]);
  const font = opentype.parse(new Uint8Array(b).buffer);
  for (let page = 0; page < 1; page++) {
    const W = 1e3, s = 44;
    const H = C.length * 80 + 60;
    const t = C.map((c) => low ? c[0] + c.slice(1).toLowerCase() : c);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}"><rect width="100%" height="100%" fill="#789"/>` + t.map((c, i) => {
      const w = font.getAdvanceWidth(c, s);
      return `<path d="${font.getPath(c, W / 2 - w / 2, 70 + 80 * i, s).toPathData(1)}Z" fill="#fff" stroke="#000" stroke-width="4" paint-order="stroke"/>`;
    }).join("") + "</svg>";
    const jpg = await sharp2(Buffer.from(svg)).jpeg({ quality: 40 }).toBuffer();
    const { data, info } = await sharp2(jpg).resize(1400).greyscale().toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    const cut = cutCaptionLines({ width: info.width, height: info.height, data }, 200);
    for (const [si, style] of styles.entries()) {
      const p = await layOutPage(cut, style);
      const w = (await rec.recognise(p.png, "block")).flat();
      const g = norm(w.map((x) => x.text).join(" ").replace(/[|]/g, "I"));
      let miss = 0;
      const ms = [];
      for (const q of norm(t.join(" "))) {
        const k = g.indexOf(q);
        if (k < 0) {
          miss++;
          ms.push(q);
        } else g.splice(k, 1);
      }
      table[si][fn + (low ? "-l" : "")] = miss;
      table[si].tot = (table[si].tot ?? 0) + miss;
      if (style.letterHeight === 36 && fn === "anton") console.log(JSON.stringify(style), fn, low, ms.join(" "));
    }
  }
}
styles.forEach((s, i) => console.log(s.letterHeight, s.stretch, s.maxStroke, JSON.stringify(table[i])));
await rec.close();
