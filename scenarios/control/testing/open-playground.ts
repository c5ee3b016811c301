import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

import { browserOptions, skipsBrowser } from '../../../reports/testing/browser.ts';
import { startCommand } from '../../e2e/support/command.ts';

/** A name that is not of this machine's loopback. */
const otherHost = 'rehearsal.test';

/** A page of the playground, and all that it complained about. */
interface Playground {
  page: Page;
  origin: string;
  /** Console messages, errors, and requests to any other server. */
  complaints: string[];
}

/** Returns a function that serves the scenarios `says` and others, and opens the playground there. */
export function usePlaygrounds() {
  let browser: Browser | undefined;
  let folder: string;

  beforeAll(async () => {
    if (skipsBrowser) return;
    browser = await chromium.launch({
      ...browserOptions,
      args: [...browserOptions.args, `--host-resolver-rules=MAP ${otherHost} 127.0.0.1`],
    });
    folder = await mkdtemp(join(tmpdir(), 'rehearsal-playground-'));
    await writeFile(
      join(folder, 'says.yaml'),
      'version: 1\ndescription: What it was asked, to the letter.\nbehaviour: { text: echo, firstToken: 20ms, interToken: 5ms }\n',
    );
  });

  afterAll(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  return async function open({
    flags = [],
    query = '',
    fromOtherHost = false,
    ...context
  }: BrowserContextOptions & {
    flags?: string[];
    query?: string;
    fromOtherHost?: boolean;
  } = {}): Promise<Playground> {
    if (browser === undefined) throw new Error('the browser was not started');
    const ports = ['--port', '0', '--agent-port', '0'];
    const scenarios = [join(folder, 'says.yaml'), 'healthy', 'tool-calls'];
    const command = startCommand(['serve', ...scenarios, ...ports, ...flags]);
    const own = /http:\/\/[^/\s]+/.exec(await command.firstLine)?.[0] ?? '';
    const origin = fromOtherHost ? own.replace('127.0.0.1', otherHost) : own;
    const page = await browser.newPage(context);
    onTestFinished(async () => {
      await page.close();
      command.kill('SIGTERM');
    });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (new URL(request.url()).host !== new URL(origin).host) complaints.push(request.url());
    });
    await page.goto(`${origin}/${query}`);
    await page.waitForSelector('#start:enabled');
    return { page, origin, complaints };
  };
}

/** Starts a stream, and waits for its end; returns the outcome in words. */
export async function run(page: Page, status: string): Promise<string> {
  await page.click('#start');
  await expect.poll(() => page.textContent('#status'), { timeout: 20_000 }).toBe(status);
  return (await page.textContent('#outcome')) ?? '';
}

/** Chooses one of the frequent failures by its words. */
export const choose = (page: Page, words: string) =>
  page.locator('#failures label', { hasText: words }).click();

/** Chooses any fault by its name. */
export async function chooseFault(page: Page, name: string): Promise<void> {
  await choose(page, 'something else');
  await page.selectOption('#fault', name);
}

/** Unfolds the fields of the request. */
export const showRequest = (page: Page) => page.click('form summary');
