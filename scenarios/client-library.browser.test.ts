import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { generate as generateFunction, GenerateError } from '../gateway/client/index.ts';
import { launchBrowser, skipsBrowser } from '../reports/testing/browser.ts';
import { startRehearsal } from './library.ts';

/** What the bundle leaves on the page. */
declare const client: { generate: typeof generateFunction };

async function bundle(): Promise<string> {
  const entry = fileURLToPath(new URL('../gateway/client/index.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

let browser: Browser | undefined;
let pages: Server | undefined;
let script: string;

beforeAll(async () => {
  script = await bundle();
  if (skipsBrowser) return;
  browser = await launchBrowser();
  pages = createServer((request, response) => {
    const isScript = request.url === '/client.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script src="/client.js"></script>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => pages?.once('listening', resolve));
});

afterAll(async () => {
  await browser?.close();
  pages?.close();
});

async function openPage(): Promise<Page> {
  const address = pages?.address();
  if (browser === undefined || address === null || typeof address !== 'object') {
    throw new Error('the browser was not started');
  }
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  return page;
}

/** What the page's client makes of a generation. */
function ask(page: Page, url: string, options: object): Promise<{ kind: string; text: string }> {
  return page.evaluate(
    async ([url, options]) => {
      let text = '';
      try {
        for await (const chunk of client.generate(url, { prompt: 'hello', ...options })) {
          ({ text } = chunk);
        }
        return { kind: 'completed', text };
      } catch (error) {
        return { kind: (error as GenerateError).kind, text };
      }
    },
    [url, options] as const,
  );
}

test('the client, its parser included, is as small as the README says', () => {
  expect(gzipSync(script).length).toBeLessThan(4096);
});

test.skipIf(skipsBrowser)(
  'a page of another origin reads a stream, tells failures apart, resumes and stops',
  async () => {
    const text = '第一句。“引号” 👨‍👩‍👧‍👦 and a sentence that is long enough to be cut.';
    await using rehearsal = await startRehearsal({
      scenario: { behaviour: { text: { given: text }, firstToken: '20ms', interToken: '20ms' } },
    });
    const { endpoint: url, requests } = rehearsal;
    const page = await openPage();
    const fault = (entry: object) => ({ headers: { 'x-rehearsal-fault': JSON.stringify(entry) } });
    expect(await ask(page, url, {})).toEqual({ kind: 'completed', text });
    const failing = fault({ errorStatus: { at: { chars: 10 }, status: 'INTERNAL' } });
    expect(await ask(page, url, failing)).toMatchObject({ kind: 'generation' });
    expect(await ask(page, url, fault({ refuse: {} }))).toEqual({ kind: 'http', text: '' });
    const cut = fault({ dropConnection: { at: { chars: 30 } } });
    expect(await ask(page, url, cut)).toMatchObject({ kind: 'cut' });
    expect(await ask(page, url, { ...cut, resume: 1 })).toEqual({ kind: 'completed', text });
    const silent = { ...fault({ silence: { at: { chars: 10 } } }), idleTimeoutMs: 500 };
    expect(await ask(page, url, silent)).toMatchObject({ kind: 'timeout' });
    await expect.poll(() => requests().at(-1)).toMatchObject({ end: 'client-left' });
  },
  60_000,
);
