import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import yazl from 'yazl';
import { bringIn } from '../../src/langserver/index.js';
import { call, createFolder, createProject, openLangServer } from './langserver-fixture.js';

const LIMITS = { maxBytes: 10_000_000, maxRatio: 100, maxEntries: 50 };

interface Packed {
  name: string;
  content?: string | Buffer;
  mode?: number;
}

/** An archive; names stand as they are, hostile ones included. */
async function pack(entries: Packed[]): Promise<string> {
  const path = join(createFolder(), 'algorithm.zip');
  const zip = new yazl.ZipFile();
  const renamed: [string, string][] = [];
  for (const [index, { name, content = '', mode = 0o100644 }] of entries.entries()) {
    // A well-kept library writes no hostile names: one as long takes its place until the bytes are there.
    const isHostile = name.startsWith('/') || name.includes('..') || name.includes('\\');
    const stand = isHostile ? `${index}`.padEnd(name.length, 'z') : name;
    if (isHostile) renamed.push([stand, name]);
    if (name.endsWith('/')) zip.addEmptyDirectory(name);
    else zip.addBuffer(Buffer.from(content), stand, { mode });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  let bytes = await readFile(path);
  for (const [from, to] of renamed) {
    bytes = Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
  }
  await writeFile(path, bytes);
  return path;
}

async function unpack(entries: Packed[], limits = LIMITS): Promise<string> {
  const into = join(createFolder(), 'into');
  await bringIn({ source: await pack(entries), into, cwd: '/', limits });
  return into;
}

describe('an archive', () => {
  it('is unpacked with its folders, and what may be executed stays so', async () => {
    const into = await unpack([
      { name: 'bin/pipe', content: '#!/bin/sh', mode: 0o100755 },
      { name: 'src/deep/er/file.txt', content: 'x', mode: 0o100666 },
      { name: 'empty/' },
      { name: 'secret', mode: 0o104600 },
    ]);
    const modeOf = async (name: string): Promise<number> => (await stat(join(into, name))).mode & 0o7777;
    expect(await readFile(join(into, 'src/deep/er/file.txt'), 'utf8')).toBe('x');
    expect((await stat(join(into, 'empty'))).isDirectory()).toBe(true);
    expect((await modeOf('bin/pipe')) & 0o111).toBe(0o111);
    expect((await modeOf('src/deep/er/file.txt')) & 0o022).toBe(0);
    expect((await modeOf('secret')) & 0o7000).toBe(0);
  });

  it('leaves files alone that are there already', async () => {
    const into = createFolder();
    await writeFile(join(into, 'kept'), 'before');
    const source = await pack([
      { name: 'kept', content: 'after' },
      { name: 'new', content: 'after' },
    ]);
    await bringIn({ source, into, cwd: '/', limits: LIMITS });
    expect(await readFile(join(into, 'kept'), 'utf8')).toBe('before');
    expect(await readFile(join(into, 'new'), 'utf8')).toBe('after');
  });

  it.each(['../evil', 'a/../../evil', '/tmp/runyard-evil', 'a\\..\\..\\evil', '..'])(
    'with an entry named %s is refused',
    async (name) => {
      const parent = createFolder();
      const source = await pack([{ name, content: 'evil' }]);
      const opening = bringIn({ source, into: join(parent, 'into'), cwd: '/', limits: LIMITS });
      await expect(opening).rejects.toThrow(/cannot be unpacked/);
      expect(await readdir(parent)).toEqual(['into']);
      expect(await readdir(join(parent, 'into'))).toEqual([]);
    },
  );

  it('cannot write through a link that was in the folder before', async () => {
    const outside = createFolder();
    const into = createFolder();
    await symlink(outside, join(into, 'lib'));
    const source = await pack([{ name: 'lib/evil', content: 'evil' }]);
    await expect(bringIn({ source, into, cwd: '/', limits: LIMITS })).rejects.toThrow(/leads outside/);
    const deeper = await pack([{ name: 'lib/a/b/evil', content: 'evil' }]);
    await expect(bringIn({ source: deeper, into, cwd: '/', limits: LIMITS })).rejects.toThrow(
      /leads outside/,
    );
    expect(await readdir(outside)).toEqual([]);
  });

  it('with a link in it is refused, wherever the link leads', async () => {
    await expect(unpack([{ name: 'link', content: '/etc/passwd', mode: 0o120777 }])).rejects.toThrow(
      /"link" is a link or a device/,
    );
    await expect(unpack([{ name: 'pipe', mode: 0o010644 }])).rejects.toThrow(/is a link or a device/);
  });

  it('that is a bomb is refused before it is unpacked', async () => {
    const zeros = Buffer.alloc(8_000_000);
    await expect(unpack([{ name: 'bomb', content: zeros }])).rejects.toThrow(
      /"bomb" is packed more than 100 times.*langserver\.maxZipRatio/,
    );
    const noise = Array.from({ length: 3 }, (_, index) => ({ name: `${index}`, content: zeros }));
    await expect(unpack(noise, { ...LIMITS, maxRatio: 100_000 })).rejects.toThrow(
      /holds 16000000 bytes; at most 10000000 are taken.*langserver\.maxZipBytes/,
    );
    const many = Array.from({ length: 51 }, (_, index) => ({ name: `${index}` }));
    await expect(unpack(many)).rejects.toThrow(/has 51 entries; at most 50.*langserver\.maxZipEntries/);
  });

  it('that says less of itself than it holds is refused', async () => {
    const path = await pack([{ name: 'liar', content: Buffer.alloc(5_000_000) }]);
    const bytes = await readFile(path);
    // Uncompressed size in the central directory, which is what is believed.
    const directory = bytes.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'));
    bytes.writeUInt32LE(1000, directory + 24);
    await writeFile(path, bytes);
    const opening = bringIn({ source: path, into: createFolder(), cwd: '/', limits: LIMITS });
    await expect(opening).rejects.toThrow(/too many bytes|cannot be unpacked/);
  });

  it.each(['', 'no archive', 'PK\u0003\u0004 half of one'])(
    'that is none (%j) is refused',
    async (content) => {
      const path = join(createFolder(), 'algorithm.zip');
      await writeFile(path, content);
      const opening = bringIn({ source: path, into: createFolder(), cwd: '/', limits: LIMITS });
      await expect(opening).rejects.toThrow(/algorithm\.zip cannot be unpacked/);
    },
  );

  it('is served from a folder of its own, which goes with the server', async () => {
    const folders = (): string[] =>
      readdirSync(tmpdir()).filter((name) => /^runyard-langserver-[^t]/.test(name));
    const before = folders();
    const pipe = await readFile(join(createProject(), 'bin', 'pipe'));
    const conf = '{"username":"ann","algoname":"hello"}';
    const source = await pack([
      { name: 'bin/pipe', content: pipe, mode: 0o100755 },
      { name: 'algorithmia.conf', content: conf },
    ]);
    const part = await openLangServer({ source });
    expect((await call(part.url, '1')).text).toContain('"data": 1');
    const made = folders().filter((name) => !before.includes(name));
    expect(made).toHaveLength(1);
    await part.close();
    expect(folders()).not.toContain(made[0]);
  });
});

describe('a folder', () => {
  it('is served where it is, or copied to where it is wanted', async () => {
    const source = createProject();
    const inPlace = await bringIn({ source, into: undefined, cwd: '/', limits: LIMITS });
    expect(inPlace.dir).toBe(source);
    const into = join(createFolder(), 'into');
    await mkdir(into);
    await writeFile(join(into, 'algorithmia.conf'), '{"username":"bob","algoname":"kept"}');
    const part = await openLangServer({ source, into });
    expect((await call(part.url, '1')).text).toContain('"data": 1');
    expect((await stat(join(into, 'bin', 'pipe'))).mode & 0o111).toBe(0o111);
    expect(await readFile(join(into, 'algorithmia.conf'), 'utf8')).toContain('bob');
  });

  it('is the working directory when nothing is named or mounted', async () => {
    const cwd = createProject();
    const part = await openLangServer({ source: undefined, cwd });
    expect((await call(part.url, '1')).text).toContain('"data": 1');
  });

  it('cannot be copied into itself', async () => {
    const source = createProject();
    const opening = bringIn({ source, into: join(source, 'into'), cwd: '/', limits: LIMITS });
    await expect(opening).rejects.toThrow(/which is a part of it/);
  });

  it('without an executable bin/pipe is refused with the reason', async () => {
    const source = createProject();
    await chmod(join(source, 'bin', 'pipe'), 0o644);
    await expect(openLangServer({ source })).rejects.toThrow(/is not executable: chmod \+x/);
    await expect(openLangServer({ source: join(source, 'nothing') })).rejects.toThrow(
      /neither a folder nor an archive/,
    );
  });
});
