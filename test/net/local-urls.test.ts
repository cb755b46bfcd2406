import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchBytes } from '../../src/net/index.js';

const limits = { maxBytes: 1000, timeoutMs: 1000 };
let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runyard-net-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(folder, 'root-next-door'));
  await writeFile(join(root, 'sub', 'inside.txt'), 'inside');
  await writeFile(join(root, 'large.txt'), 'x'.repeat(1001));
  await writeFile(join(folder, 'outside.txt'), 'outside');
  await writeFile(join(folder, 'root-next-door', 'near.txt'), 'near');
  await symlink(join(folder, 'outside.txt'), join(root, 'link-out.txt'));
  await symlink(folder, join(root, 'folder-out'));
  await symlink('sub/inside.txt', join(root, 'link-in.txt'));
});

afterAll(() => rm(folder, { recursive: true }));

const read = (path: string): Promise<{ bytes: Buffer }> =>
  fetchBytes(pathToFileURL(path).href, { ...limits, allowFileRoot: root });

describe('file URLs', () => {
  it('a file inside the root is read, through a link inside too', async () => {
    expect((await read(join(root, 'sub', 'inside.txt'))).bytes.toString()).toBe('inside');
    expect((await read(join(root, 'link-in.txt'))).bytes.toString()).toBe('inside');
  });

  it.each([
    '../outside.txt',
    'link-out.txt',
    'folder-out/outside.txt',
    '../root-next-door/near.txt',
    '../gone.txt',
  ])('%s leads outside and is refused', async (path) => {
    await expect(read(join(root, path))).rejects.toMatchObject({ reason: 'outside_root' });
  });

  it('an encoded way out is refused', async () => {
    const url = `${pathToFileURL(root).href}/sub/..%2f..%2foutside.txt`;
    await expect(fetchBytes(url, { ...limits, allowFileRoot: root })).rejects.toThrow();
  });

  it('a file that does not exist counts as 404', async () => {
    await expect(read(join(root, 'gone.txt'))).rejects.toMatchObject({ reason: 'status', status: 404 });
  });

  it('a folder and a file over the limit are refused', async () => {
    await expect(read(join(root, 'sub'))).rejects.toMatchObject({ reason: 'malformed' });
    await expect(read(join(root, 'large.txt'))).rejects.toMatchObject({ reason: 'too_large' });
  });

  it('without a root no file is read', async () => {
    const url = pathToFileURL(join(root, 'sub', 'inside.txt')).href;
    await expect(fetchBytes(url, limits)).rejects.toMatchObject({ reason: 'unsupported_scheme' });
  });
});

describe('data URLs', () => {
  it.each([
    ['data:,Hello%2C%20World', 'Hello, World', 'text/plain'],
    ['data:text/html;charset=utf-8,<p>ä', '<p>ä', 'text/html'],
    ['data:image/png;base64,aGVsbG8=', 'hello', 'image/png'],
    ['DATA:image/png;base64,aGVsbG8', 'hello', 'image/png'],
    ['data:image/png;base64,aGVs%62G8%3D', 'hello', 'image/png'],
  ])('%s is decoded', async (url, text, contentType) => {
    const fetched = await fetchBytes(url, limits);
    expect(fetched.bytes.toString()).toBe(text);
    expect(fetched.contentType).toBe(contentType);
  });

  it.each(['data:image/png;base64', 'data:image/png;base64,a!b', 'data:,50%', 'data:,%zz'])(
    '%s is malformed',
    async (url) => {
      await expect(fetchBytes(url, limits)).rejects.toMatchObject({ reason: 'malformed' });
    },
  );

  it('more bytes than allowed are refused, encoded either way', async () => {
    const bytes = Buffer.alloc(1001);
    for (const url of [`data:;base64,${bytes.toString('base64')}`, `data:,${'a'.repeat(1001)}`]) {
      await expect(fetchBytes(url, limits)).rejects.toMatchObject({ reason: 'too_large' });
    }
    await expect(fetchBytes(`data:,${'%41'.repeat(1000)}`, limits)).resolves.toMatchObject({
      bytes: { length: 1000 },
    });
  });
});

describe('other URLs', () => {
  it.each([
    ['picture.png', 'malformed'],
    ['/etc/passwd', 'malformed'],
    ['', 'malformed'],
    ['http://', 'malformed'],
    ['ftp://example.org/x', 'unsupported_scheme'],
    ['javascript:alert(1)', 'unsupported_scheme'],
  ])('"%s" is refused with %s', async (url, reason) => {
    await expect(fetchBytes(url, limits)).rejects.toMatchObject({ reason });
  });
});
