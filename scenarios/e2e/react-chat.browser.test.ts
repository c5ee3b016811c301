import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import type { FaultChoice } from '../control/fault-choice.ts';
import { startRehearsal, type Rehearsal } from '../testkit/start-rehearsal.ts';

const example = new URL('../../examples/react-chat/', import.meta.url);
const text = 'What a person reads of an answer, word by word, up to its end.';

let browser: Browser | undefined;
let server: Server;
let origin: string;
let rehearsal: Rehearsal;

beforeAll(async () => {
  if (skipsBrowser) return;
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('src/main.tsx', example))],
    bundle: true,
    // What a release has: no effect runs twice.
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: {
      'rehearsal-client': fileURLToPath(new URL('../../client/index.ts', import.meta.url)),
    },
    write: false,
  });
  const files: Record<string, [type: string, content: string]> = {
    '/': ['text/html', await readFile(new URL('public/index.html', example), 'utf8')],
    '/main.css': ['text/css', await readFile(new URL('public/main.css', example), 'utf8')],
    '/main.js': ['text/javascript', outputFiles[0]?.text ?? ''],
  };
  server = createServer(({ url = '' }, response) => {
    const file = files[url.replace(/\?.*/, '')];
    const [type, content] = file ?? ['text/plain', ''];
    response.writeHead(file === undefined ? 404 : 200, { 'Content-Type': type }).end(content);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('the app has no port');
  origin = `http://127.0.0.1:${address.port}`;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  if (!skipsBrowser) server.close();
});

beforeEach(async () => {
  if (skipsBrowser) return;
  rehearsal = await startRehearsal({
    scenario: { behaviour: { text: { given: text }, firstToken: '10ms', interToken: '5ms' } },
  });
});

afterEach(async () => {
  if (!skipsBrowser) await rehearsal.close();
});

/** Opens the app, lets its next requests meet a fault each, and sends a prompt. */
async function ask(...faults: FaultChoice[]): Promise<{ page: Page; turn: Locator }> {
  if (browser === undefined) throw new Error('the browser was not started');
  for (const fault of faults) await rehearsal.next({ fault });
  const page = await browser.newPage();
  // Time goes on as ever, and can be put forward.
  await page.clock.install();
  await page.goto(`${origin}/?gateway=${rehearsal.url}`);
  await page.getByLabel('Prompt').fill('hello');
  await page.keyboard.press('Enter');
  return { page, turn: page.getByRole('article') };
}

const answerOf = (turn: Locator) => turn.locator('.answer').textContent();
const alertOf = (turn: Locator) => turn.getByRole('alert').textContent();
const retryOf = (turn: Locator) => turn.getByRole('button', { name: 'Retry' });

/** The beginning of the answer is there, and stays. */
async function expectBeginning(turn: Locator): Promise<void> {
  const shown = (await answerOf(turn)) ?? '';
  expect(shown.length).toBeGreaterThanOrEqual(20);
  expect(shown.length).toBeLessThan(text.length);
  expect(text.startsWith(shown)).toBe(true);
}

/** Pressed, the button brings the whole answer, and nothing of the failure stays. */
async function retryBringsTheAnswer(turn: Locator): Promise<void> {
  await retryOf(turn).click();
  await expect.poll(() => answerOf(turn)).toBe(text);
  await expect.poll(() => turn.getAttribute('aria-busy')).toBe('false');
  expect(await turn.getByRole('alert').count()).toBe(0);
  expect(await turn.getByRole('button').count()).toBe(0);
}

test.skipIf(skipsBrowser)('the example app shows an answer to its end', async () => {
  const { page, turn } = await ask();
  await expect.poll(() => answerOf(turn)).toBe(text);
  await expect.poll(() => turn.getAttribute('aria-busy')).toBe('false');
  expect(await turn.getByRole('button').count()).toBe(0);
  expect(await page.getByLabel('Prompt').inputValue()).toBe('');
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ prompt: 'hello', end: 'final' }]);
});

test.skipIf(skipsBrowser)(
  'it tells of a stall, leaves the stream, keeps the text and asks again',
  async () => {
    const { page, turn } = await ask({ silence: { at: { chars: 20 } } });
    await expect.poll(() => answerOf(turn)).toContain(text.slice(0, 20));
    expect(await turn.getByRole('alert').count()).toBe(0);
    await page.clock.fastForward(15_000);
    await expect.poll(() => alertOf(turn)).toBe('The answer stopped coming.');
    await expectBeginning(turn);
    await expect.poll(() => rehearsal.requests()).toMatchObject([{ end: 'client-left' }]);
    await retryBringsTheAnswer(turn);
  },
);

test.skipIf(skipsBrowser)('it goes on with a stream that is cut, where it was', async () => {
  const { turn } = await ask({ dropConnection: { at: { chars: 20 } } });
  await expect.poll(() => answerOf(turn)).toBe(text);
  await expect.poll(() => rehearsal.requests().map(({ end }) => end)).toEqual(['cut', 'final']);
  expect(rehearsal.requests()[1]?.lastEventId).not.toBeNull();
});

test.skipIf(skipsBrowser)(
  'it keeps the text of a stream that is cut again, and asks again when told to',
  async () => {
    const { turn } = await ask(
      { dropConnection: { at: { chars: 20 } } },
      { dropConnection: { at: { chars: 40 } } },
    );
    await expect.poll(() => alertOf(turn)).toBe('The connection was lost.');
    await expectBeginning(turn);
    await retryBringsTheAnswer(turn);
  },
);

test.skipIf(skipsBrowser)(
  'it says which error came, keeps the text, and asks again where that can help',
  async () => {
    const { turn } = await ask({ errorStatus: { at: { chars: 20 } } });
    await expect.poll(() => alertOf(turn)).toBe('The answer failed (GENERATION_ERROR).');
    await expectBeginning(turn);
    await retryBringsTheAnswer(turn);
  },
);

test.skipIf(skipsBrowser)('it offers no retry where that cannot help', async () => {
  const { turn } = await ask({ refuse: { status: 'PERMISSION_DENIED' } });
  await expect.poll(() => alertOf(turn)).toBe('The request was refused (FORBIDDEN).');
  expect(await turn.getByRole('button').count()).toBe(0);
});

test.skipIf(skipsBrowser)('it lets nobody retry before Retry-After is over', async () => {
  const { page, turn } = await ask({ httpStatus: { status: 429, retryAfter: '60s' } });
  await expect.poll(() => alertOf(turn)).toMatch(/^Too many requests \(/);
  expect(await retryOf(turn).isDisabled()).toBe(true);
  expect(await retryOf(turn).textContent()).toMatch(/^Retry in \d+ s$/);
  await page.clock.fastForward(60_000);
  await expect.poll(() => retryOf(turn).textContent()).toBe('Retry');
  expect(rehearsal.requests()).toHaveLength(1);
  await retryBringsTheAnswer(turn);
});

test.skipIf(skipsBrowser)('its stop button ends the work of the server', async () => {
  await rehearsal.use({ behaviour: { firstToken: '10ms', interToken: '60s', chunkChars: 1 } });
  const { turn } = await ask();
  await expect.poll(() => answerOf(turn)).not.toBe('');
  const shown = await answerOf(turn);
  await turn.getByRole('button', { name: 'Stop' }).click();
  await expect.poll(() => turn.getByRole('status').textContent()).toBe('Stopped.');
  expect(await answerOf(turn)).toBe(shown);
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ end: 'client-left' }]);
});
