import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { renderHtml } from './html.ts';
import { launchBrowser, skipsBrowser } from '../testing/browser.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';

let browser: Browser | undefined;
let folder = '';

beforeAll(async () => {
  if (skipsBrowser) return;
  folder = await mkdtemp(path.join(tmpdir(), 'rehearsal-report-'));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  if (folder !== '') await rm(folder, { recursive: true });
});

/** Opens a page from a file, and gathers what it says and asks for. */
async function open(html: string, width: number): Promise<{ page: Page; noise: string[] }> {
  if (browser === undefined) throw new Error('the browser was not started');
  const file = path.join(folder, `${width}.html`);
  await writeFile(file, html);
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(error.message));
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) noise.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, noise };
}

test.skipIf(skipsBrowser)(
  'the page draws its charts, asks for nothing and complains of nothing',
  async () => {
    const { page, noise } = await open(renderHtml(exampleReport()), 1200);
    const plots = page.locator('svg.plot');
    expect(await plots.count()).toBeGreaterThan(15);
    for (const plot of await plots.all()) {
      expect((await plot.boundingBox())?.width).toBeGreaterThan(200);
    }
    expect(await page.locator('rect.bar').count()).toBeGreaterThan(10);
    expect(await page.locator('h1').textContent()).toBe('Pass');
    expect(noise).toEqual([]);
  },
);

test.skipIf(skipsBrowser)('a telephone can show it without scrolling sideways', async () => {
  const { page } = await open(renderHtml(exampleReport()), 360);
  expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBe(360);
});

test.skipIf(skipsBrowser)(
  'hostile text neither runs nor makes elements, nor breaks the layout',
  async () => {
    const { page, noise } = await open(renderHtml(hostileReport()), 360);
    expect(await page.locator('script, img').count()).toBe(0);
    expect(await page.locator('header b').textContent()).toContain('<script>alert("x")</script>');
    expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBe(360);
    expect(noise).toEqual([]);
  },
);

test.skipIf(skipsBrowser)('the policy of the page stops a script that got into it', async () => {
  const { page } = await open(renderHtml(exampleReport()), 1200);
  await page.evaluate(`{
    const script = document.createElement('script');
    script.textContent = 'document.title = "ran"';
    document.head.append(script);
  }`);
  expect(await page.title()).toBe('pass: healthy – Rehearsal');
});
