import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createYard, type Yard } from '../../src/yard/index.js';

const ADAPTER = `
/** Greets somebody. */
export function run_greet(name: string, times: number = 1): { greeting: string } {
  return { greeting: ('Hello ' + name + ' ').repeat(times).trim() };
}
`;

let yard: Yard;
let browser: Browser;

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runyard-browser-'));
  await mkdir(join(dir, 'greeter'));
  await writeFile(join(dir, 'greeter', 'runner_adapter.ts'), ADAPTER);
  yard = await createYard({
    dirs: [dir],
    settings: resolveSettings([
      { name: 'test', values: { gateway: { port: 0 }, discovery: { port: 0 }, runner: { port: 0 } } },
    ]),
    dataDir: join(dir, '.data'),
    env: process.env,
  });
  browser = await chromium.launch({
    executablePath: process.env['RUNYARD_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  await yard?.close();
});

async function open(
  url: string,
  width: number,
): Promise<{ page: Page; outside: string[]; errors: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const outside: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url()))
      outside.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return { page, outside, errors };
}

async function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

describe.each([
  ['gateway', () => yard.gatewayUrl],
  ['runner', () => yard.projects()[0]?.address ?? ''],
])('the docs page of the %s', (_name, address) => {
  it.each([1280, 390])(
    'shows the algorithm at %i pixels, from this address alone and without errors',
    async (width) => {
      const { page, outside, errors } = await open(`${address()}/docs`, width);
      await page.getByText('/run/greet').first().waitFor();
      expect(outside).toEqual([]);
      expect(errors).toEqual([]);
      expect(await page.title()).toBe('Runyard');
      expect(await page.getByText('Explore').isVisible()).toBe(false);
      expect(await overflowOf(page)).toBeLessThanOrEqual(1);
      await page.getByText('/run/greet').first().click();
      await page.getByRole('button', { name: 'Execute' }).click();
      await page.getByText('Response headers').first().waitFor();
      expect(await overflowOf(page)).toBeLessThanOrEqual(1);
      await page.close();
    },
  );

  it('runs the algorithm from the page', async () => {
    const { page } = await open(`${address()}/docs`, 1280);
    await page.getByText('/run/greet').first().click();
    await page.locator('textarea').first().fill('{"name": "Ada"}');
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.getByText('Hello Ada').first().waitFor();
    await page.close();
  });
});
