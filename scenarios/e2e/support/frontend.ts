import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

import { launchBrowser, skipsBrowser } from '../../../reports/testing/browser.ts';

/** Bundles a module into a script for a page; its exports become the global `client`. */
export async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'client',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * Opens pages in a real browser for the tests of a file. Their origin differs from the gateway's, as with a
 * development server. Each page has its own connections.
 * @param script runs in every page
 */
export function frontend(script: () => Promise<string> = () => Promise.resolve('')): {
  openPage(): Promise<Page>;
} {
  let browser: Browser | undefined;
  let pages: Server | undefined;

  beforeAll(async () => {
    if (skipsBrowser) return;
    const code = await script();
    browser = await launchBrowser();
    pages = createServer((request, response) => {
      const isScript = request.url === '/client.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? code : '<!doctype html><script src="/client.js"></script>');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => pages?.once('listening', resolve));
  });

  afterAll(async () => {
    await browser?.close();
    pages?.close();
  });

  return {
    async openPage() {
      const address = pages?.address();
      if (browser === undefined || address === null || typeof address !== 'object') {
        throw new Error('the browser was not started');
      }
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${address.port}/`);
      return page;
    },
  };
}
