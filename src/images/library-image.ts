import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import { assertPlain, renderList } from './escape.js';
import type { Library } from './library.js';

/** Where an image keeps what its libraries are installed from. */
const FOLDER = '/opt/libraries';
const MAX_UID = 2_147_483_647;

export interface LibraryImageOptions {
  /** In the order they are installed. */
  libraries: readonly Library[];
  /** User id of `algo`, whom the algorithm runs as. */
  uid: number;
  /** Path of a template; the package's own when absent. */
  template?: string;
  /** Folder that `docker build` is given; libraries outside of it are copied next to the Dockerfile. */
  context: string;
  /** Absolute path of the Dockerfile. */
  output: string;
}

/** What a template may hold; each is replaced once. `{{libraries}}` has to be there. */
export const PLACEHOLDERS = ['{{libraries}}', '{{uid}}'] as const;

const DEFAULT_TEMPLATE = `FROM debian:bookworm-slim
{{libraries}}
RUN useradd --uid {{uid}} --create-home --home-dir /home/algo --shell /bin/bash algo \\
 && install --directory --owner algo /opt/algorithm
WORKDIR /opt/algorithm
USER algo
`;

/**
 * Writes a Dockerfile that installs libraries in the given order, each of its scripts in a layer of its own.
 * @returns its text
 * @throws RunyardError `invalid_config` for a template without its placeholders, or a user id that is none
 */
export async function writeLibraryImage(options: LibraryImageOptions): Promise<string> {
  const { uid, output } = options;
  if (!Number.isInteger(uid) || uid < 1 || uid > MAX_UID) {
    throw new RunyardError('invalid_config', `The user id must be from 1 to ${MAX_UID}, but is ${uid}`);
  }
  const template = await readTemplate(options.template);
  await mkdir(dirname(output), { recursive: true });
  // Copies of an earlier time would stay in the image.
  await rm(`${output}.libraries`, { recursive: true, force: true });
  const blocks: string[] = [];
  for (const [index, library] of options.libraries.entries()) {
    const source = await placeInContext(library, index, options);
    blocks.push(renderLibrary(library, source));
  }
  const text = template
    .replace('{{libraries}}', () => blocks.join('\n'))
    .replaceAll('{{uid}}', () => String(uid));
  await writeFile(output, text);
  return text;
}

function renderLibrary({ name, scripts, variables }: Library, source: string): string {
  const target = `${FOLDER}/${name}`;
  const runs = scripts.map((script) => `RUN ${renderList(['/bin/bash', `${target}/${script}`])}`);
  return [`\n# ${name}`, `COPY ${renderList([`${source}/`, `${target}/`])}`, ...runs, ...variables].join(
    '\n',
  );
}

/** Docker sees its context only: a library from elsewhere goes into a folder beside the Dockerfile. */
async function placeInContext(
  library: Library,
  index: number,
  { context, output }: LibraryImageOptions,
): Promise<string> {
  const inside = relative(context, library.dir);
  if (!inside.startsWith('..')) return assertPlain(toSlashes(inside), library.dir);
  const copy = join(`${output}.libraries`, `${index + 1}-${library.name}`);
  await cp(library.dir, copy, { recursive: true, dereference: true });
  return assertPlain(toSlashes(relative(context, copy)), copy);
}

async function readTemplate(path: string | undefined): Promise<string> {
  if (path === undefined) return DEFAULT_TEMPLATE;
  if (!existsSync(path)) throw new RunyardError('invalid_config', `${path}: there is no such template`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RunyardError('invalid_config', `${path} cannot be read: ${describeError(cause)}`, { cause });
  });
  if (text.includes('{{libraries}}')) return text;
  throw new RunyardError(
    'invalid_config',
    `${path} has no place for the libraries: a template holds ${PLACEHOLDERS.join(' and ')}`,
  );
}

function toSlashes(path: string): string {
  return path.split(sep).join('/');
}
