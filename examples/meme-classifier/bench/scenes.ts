import sharp from 'sharp';
import { createRandom, type Random } from '../scripts/random.js';

/** Draws one picture of a kind on a canvas. */
type Painter = (random: Random, width: number, height: number) => string;

const KINDS: readonly Painter[] = [
  drawLandscape,
  drawFace,
  drawPanels,
  drawStillLife,
  drawLines,
  drawTexture,
  drawRoom,
  drawFlat,
];

/**
 * Draws the scene of a seed: landscapes with grain, faces, comics, still lifes, line drawings, textures, rooms, flat shapes.
 *
 */
export async function drawScene(seed: number): Promise<Buffer> {
  const random = createRandom(Math.imul(seed, 2654435761));
  const paint = KINDS[seed % KINDS.length]!;
  const width = random.pick([240, 400, 480, 500, 600, 720]);
  const height = Math.round(width * random.pick([0.6, 0.75, 0.8, 1, 1, 1.25, 1.4]));
  const body = paint(random, width, height);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;
  const picture = sharp(Buffer.from(svg)).flatten({ background: '#fff' });
  return (random() < 0.1 ? picture.greyscale() : picture).jpeg({ quality: 90 }).toBuffer();
}

function colour(random: Random, saturation = 60): string {
  return `hsl(${random.integer(0, 359)},${random.integer(15, saturation + 30)}%,${random.integer(20, 85)}%)`;
}

function repeat(count: number, draw: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => draw(n)).join('');
}

function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}"/>`;
}

function ellipse(x: number, y: number, rx: number, ry: number, rest: string): string {
  return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${ry.toFixed(1)}" ${rest}/>`;
}

function grain(random: Random, width: number, height: number, opacity: number): string {
  const frequency = (random.between(3, 30) / width).toFixed(4);
  const seed = random.integer(1, 9999);
  return (
    `<filter id="g${seed}"><feTurbulence type="${random.pick(['fractalNoise', 'turbulence'])}" baseFrequency="${frequency}" numOctaves="4" seed="${seed}"/>` +
    `<feColorMatrix type="saturate" values="${random.pick([0, 0.4, 1])}"/></filter>` +
    `<rect width="${width}" height="${height}" filter="url(#g${seed})" opacity="${opacity}"/>`
  );
}

function gradient(random: Random, width: number, height: number): string {
  const id = random.integer(1, 99999);
  return (
    `<linearGradient id="l${id}" x1="0" y1="0" x2="${random.between(0, 1).toFixed(2)}" y2="1"><stop offset="0" stop-color="${colour(random)}"/><stop offset="1" stop-color="${colour(random)}"/></linearGradient>` +
    `<rect width="${width}" height="${height}" fill="url(#l${id})"/>`
  );
}

function ridge(random: Random, width: number, height: number, base: number, rough: number): string {
  const points = Array.from({ length: 24 }, (_, n) => {
    const y = base + random.between(-rough, rough) * height;
    return `${((n * width) / 23).toFixed(0)},${y.toFixed(0)}`;
  });
  return `<polygon points="0,${height} ${points.join(' ')} ${width},${height}" fill="${colour(random, 40)}"/>`;
}

function drawLandscape(random: Random, width: number, height: number): string {
  const ridges = repeat(random.integer(2, 5), (n) =>
    ridge(random, width, height, height * (0.35 + n * 0.14), random.between(0.02, 0.12)),
  );
  const sun = ellipse(
    random() * width,
    random() * height * 0.4,
    width * 0.06,
    width * 0.06,
    `fill="${colour(random)}"`,
  );
  return (
    gradient(random, width, height) +
    sun +
    ridges +
    grain(random, width, height, random.between(0.2, 0.6)) +
    drawFigure(random, width, height)
  );
}

/** A body with head, arms and a hat or none: what tells members of a family apart. */
function drawFigure(random: Random, width: number, height: number): string {
  const x = width * random.between(0.25, 0.75);
  const size = height * random.between(0.18, 0.3);
  const y = height * random.between(0.55, 0.75);
  const skin = colour(random);
  const arms = repeat(
    2,
    () =>
      `<path d="M${x} ${y} q${random.between(-1, 1) * size} ${random.between(-1, 0.6) * size} ${random.between(-1.4, 1.4) * size} ${random.between(-0.6, 0.6) * size}" stroke="${skin}" stroke-width="${size * 0.15}" fill="none"/>`,
  );
  return (
    arms +
    ellipse(x, y + size * 0.5, size * random.between(0.3, 0.6), size * 0.8, `fill="${colour(random)}"`) +
    ellipse(
      x,
      y - size * 0.5,
      size * random.between(0.3, 0.5),
      size * random.between(0.35, 0.5),
      `fill="${skin}"`,
    ) +
    ellipse(x - size * 0.14, y - size * 0.55, size * 0.06, size * 0.07, 'fill="#111"') +
    ellipse(x + size * 0.14, y - size * 0.55, size * 0.06, size * 0.07, 'fill="#111"') +
    (random() < 0.5 ? rectangle(x - size * 0.4, y - size * 1.1, size * 0.8, size * 0.3, colour(random)) : '')
  );
}

function drawFace(random: Random, width: number, height: number): string {
  const x = width * random.between(0.4, 0.6);
  const y = height * random.between(0.45, 0.58);
  const r = Math.min(width, height) * random.between(0.28, 0.4);
  const line = `stroke="#1a1210" stroke-width="${(r * 0.05).toFixed(1)}"`;
  const eye = (side: number, open: number): string =>
    ellipse(x + side * r * 0.38, y - r * 0.18, r * 0.2, r * open, `fill="#fff" ${line}`) +
    ellipse(
      x + side * r * 0.38 + r * random.between(-0.08, 0.08),
      y - r * 0.18,
      r * 0.08,
      r * 0.08,
      'fill="#111"',
    );
  const open = random.between(0.06, 0.2);
  const bend = random.between(-0.35, 0.4) * r;
  const hair = repeat(
    random.integer(5, 14),
    () =>
      `<path d="M${x + random.between(-1, 1) * r} ${y - r * 0.6} q${random.between(-0.4, 0.4) * r} ${-r * 0.4} ${random.between(-0.5, 0.5) * r} ${-r * random.between(0.3, 0.7)}" stroke="${colour(random)}" stroke-width="${r * 0.14}" fill="none"/>`,
  );
  return (
    gradient(random, width, height) +
    (random() < 0.5 ? grain(random, width, height, 0.35) : '') +
    ellipse(x, y + r * 1.6, r * 1.3, r * 0.9, `fill="${colour(random)}"`) +
    ellipse(
      x,
      y,
      r * random.between(0.75, 0.95),
      r,
      `fill="hsl(${random.integer(10, 45)},${random.integer(20, 60)}%,${random.integer(35, 80)}%)" ${line}`,
    ) +
    hair +
    eye(-1, open) +
    eye(1, open) +
    `<path d="M${x} ${y} l${r * random.between(-0.2, 0.2)} ${r * 0.25} l${r * 0.1} 0" fill="none" ${line}/>` +
    `<path d="M${x - r * 0.35} ${y + r * 0.5} q${r * 0.35} ${bend} ${r * 0.7} 0" fill="${random.pick(['none', '#8d2b2b'])}" ${line}/>`
  );
}

function drawPanels(random: Random, width: number, height: number): string {
  const columns = random.integer(1, 2);
  const rows = columns === 1 ? random.integer(2, 4) : random.integer(1, 2);
  const w = width / columns;
  const h = height / rows;
  const face = colour(random);
  return repeat(columns * rows, (n) => {
    const x = (n % columns) * w;
    const y = Math.floor(n / columns) * h;
    const isBlank = random() < 0.25;
    const figure = isBlank ? '' : drawFigure(random, w, h).replaceAll('fill="#111"', 'fill="#000"');
    return (
      `<svg x="${x}" y="${y}" width="${w}" height="${h}">${rectangle(0, 0, w, h, isBlank ? '#fff' : random() < 0.3 ? face : colour(random))}${figure}` +
      `<rect width="${w}" height="${h}" fill="none" stroke="#111" stroke-width="${width / 90}"/></svg>`
    );
  });
}

function drawStillLife(random: Random, width: number, height: number): string {
  const things = repeat(random.integer(5, 12), () => {
    const size = width * random.between(0.05, 0.22);
    const x = random() * width;
    const y = height * random.between(0.3, 0.9);
    return random() < 0.5
      ? ellipse(
          x,
          y,
          size,
          size * random.between(0.4, 1.3),
          `fill="${colour(random)}" stroke="${colour(random)}" stroke-width="${size * 0.1}"`,
        )
      : `<g transform="rotate(${random.integer(-40, 40)} ${x} ${y})">${rectangle(x - size, y - size * 0.7, size * 2, size * 1.4, colour(random))}</g>`;
  });
  return (
    gradient(random, width, height) +
    rectangle(0, height * 0.6, width, height * 0.4, colour(random)) +
    things +
    grain(random, width, height, random.between(0.15, 0.5))
  );
}

/** Black lines on white, as drawn comics are. */
function drawLines(random: Random, width: number, height: number): string {
  const stroke = Math.max(2, width * random.between(0.004, 0.01));
  const strokes = repeat(random.integer(8, 22), () => {
    const x = random.between(0.1, 0.9) * width;
    const y = random.between(0.1, 0.9) * height;
    const far = (): string => (random.between(-0.3, 0.3) * width).toFixed(0);
    return `<path d="M${x.toFixed(0)} ${y.toFixed(0)} c${far()} ${far()} ${far()} ${far()} ${far()} ${far()}" fill="none" stroke="#000" stroke-width="${stroke.toFixed(1)}"/>`;
  });
  return (
    rectangle(0, 0, width, height, '#fff') +
    strokes +
    drawFigure(random, width, height).replaceAll(
      /fill="hsl[^"]*"/g,
      `fill="#fff" stroke="#000" stroke-width="${stroke.toFixed(1)}"`,
    )
  );
}

function drawTexture(random: Random, width: number, height: number): string {
  return (
    gradient(random, width, height) +
    grain(random, width, height, random.between(0.5, 0.95)) +
    repeat(random.integer(1, 4), () =>
      ellipse(
        random() * width,
        random() * height,
        width * random.between(0.05, 0.25),
        height * random.between(0.05, 0.25),
        `fill="${colour(random)}" opacity="0.7"`,
      ),
    ) +
    grain(random, width, height, 0.35)
  );
}

function drawRoom(random: Random, width: number, height: number): string {
  const left = width * random.between(0.15, 0.35);
  const right = width * random.between(0.65, 0.85);
  const top = height * random.between(0.12, 0.25);
  const bottom = height * random.between(0.6, 0.75);
  const wall = (points: string): string => `<polygon points="${points}" fill="${colour(random, 30)}"/>`;
  const pictures = repeat(random.integer(1, 4), () =>
    rectangle(
      random.between(left, right - 20),
      random.between(top, bottom * 0.7),
      width * random.between(0.05, 0.15),
      height * random.between(0.05, 0.2),
      colour(random),
    ),
  );
  return (
    rectangle(0, 0, width, height, colour(random, 30)) +
    wall(`0,0 ${left},${top} ${left},${bottom} 0,${height}`) +
    wall(`${width},0 ${right},${top} ${right},${bottom} ${width},${height}`) +
    wall(`0,${height} ${left},${bottom} ${right},${bottom} ${width},${height}`) +
    pictures +
    drawFigure(random, width, height) +
    drawFigure(random, width, height) +
    grain(random, width, height, 0.2)
  );
}

/** A few flat shapes on one colour: hardly any structure to hold on to. */
function drawFlat(random: Random, width: number, height: number): string {
  const shapes = repeat(random.integer(2, 5), () => {
    const x = random.between(0.1, 0.8) * width;
    const y = random.between(0.1, 0.8) * height;
    const size = width * random.between(0.08, 0.3);
    const points = repeat(
      random.integer(3, 6),
      () =>
        `${(x + random.between(-1, 1) * size).toFixed(0)},${(y + random.between(-1, 1) * size).toFixed(0)} `,
    );
    return random() < 0.5
      ? `<polygon points="${points}" fill="${colour(random)}"/>`
      : ellipse(x, y, size, size * random.between(0.5, 1), `fill="${colour(random)}"`);
  });
  return rectangle(0, 0, width, height, colour(random)) + shapes + drawFigure(random, width, height);
}
