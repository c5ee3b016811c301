import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { startCommand } from '../e2e/support/command.ts';

const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

let browser: Browser | undefined;
let folder: string;
let origin: string;
let complaints: string[];

beforeAll(async () => {
  if (skipsBrowser) return;
  browser = await launchBrowser();
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

beforeEach(async () => {
  if (!skipsBrowser) await serve();
});

async function serve(...flags: string[]): Promise<void> {
  const file = join(folder, 'says.yaml');
  const ports = ['--port', '0', '--agent-port', '0'];
  const command = startCommand(['serve', file, 'healthy', ...ports, ...flags]);
  origin = /http:\/\/[^/\s]+/.exec(await command.firstLine)?.[0] ?? '';
}

async function openPlayground(): Promise<Page> {
  if (browser === undefined) throw new Error('the browser was not started');
  const page = await browser.newPage();
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(origin).host) complaints.push(request.url());
  });
  await page.goto(origin);
  await page.waitForSelector('#scenario option', { state: 'attached' });
  return page;
}

/** Starts a stream, and waits for its outcome in words. */
async function run(page: Page, expected: RegExp): Promise<string> {
  await page.click('#start');
  await expect.poll(() => page.textContent('#outcome'), { timeout: 15_000 }).toMatch(expected);
  return (await page.textContent('#answer')) ?? '';
}

test.skipIf(skipsBrowser)(
  'the playground shows a stream by each transport, and text that is no markup',
  async () => {
    const page = await openPlayground();
    expect(await page.textContent('#description')).toBe('What it was asked, to the letter.');
    await page.fill('#prompt', hostile);
    for (const transport of ['fetch', 'eventsource', 'websocket']) {
      await page.selectOption('#transport', transport);
      expect(await run(page, /^Completed: 71 characters/)).toBe(hostile);
      const [planned, arrived] = await Promise.all([
        page.locator('#timeline .planned').count(),
        page.locator('#timeline .arrived').count(),
      ]);
      expect(planned).toBeGreaterThan(5);
      expect(arrived).toBeGreaterThan(1);
      expect(await page.textContent('#raw')).toContain('isFinal');
    }
    expect(await page.title()).toBe('Rehearsal playground');
    expect(complaints).toEqual([]);
  },
  60_000,
);

test.skipIf(skipsBrowser)(
  'a failure is told in words, a stream can be stopped, and the keyboard is enough',
  async () => {
    const page = await openPlayground();
    const fault = (label: string) => page.selectOption('#fault', { label });
    const listed = await page.locator('#fault option').allTextContents();
    expect([...new Set(listed.slice(1).map((label) => label.split(':')[0]))]).toEqual(faultNames);
    await page.fill(
      '#prompt',
      'a prompt that is long enough for a fault to strike in the middle of it',
    );
    await fault('errorStatus: {at: {chars: 40}}');
    expect(await page.textContent('#description')).toContain('With errorStatus, a client sees:');
    await run(page, /^Failed: GENERATION_ERROR/);
    await fault('refuse');
    await run(page, /^Refused: HTTP 503: AGENT_UNAVAILABLE/);
    await fault('dropConnection: {at: {chars: 40}, midEvent: true}');
    await run(page, /^Cut: the stream ended without its final message/);
    await fault('malformedJson: {at: {chars: 40}}');
    await run(page, /^Broken: /);
    await fault('silence: {at: {chars: 40}}');
    await page.click('#start');
    await expect.poll(() => page.textContent('#answer')).not.toBe('');
    await page.focus('#stop');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('#outcome')).toMatch(/^Stopped: /);
    const journal = async () =>
      (await (await fetch(`${origin}/__rehearsal/requests`)).json()) as {
        requests: { endedBy: string }[];
      };
    await expect.poll(async () => (await journal()).requests.at(-1)?.endedBy).toBe('client');
  },
  60_000,
);

test.skipIf(skipsBrowser)(
  'snippets ask for the same, and a telephone shows the page without scrolling sideways',
  async () => {
    const page = await openPlayground();
    await page.setViewportSize({ width: 390, height: 800 });
    await page.fill('#prompt', "it's");
    expect(await page.textContent('#snippet')).toContain(`-d '{"prompt":"it'\\''s"}'`);
    for (const kind of ['client', 'fetch', 'eventsource', 'websocket']) {
      await page.selectOption('#snippet-kind', kind);
      expect(await page.textContent('#snippet')).toContain('scenario=says');
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  },
  60_000,
);

test.skipIf(skipsBrowser)(
  'a token goes the way that each transport has, and into no snippet',
  async () => {
    await serve('--auth', 'any');
    const page = await openPlayground();
    await page.fill('#prompt', 'hello');
    await run(page, /^Refused: HTTP 401/);
    await page.fill('#token', 'secret-of-a-person');
    for (const transport of ['fetch', 'eventsource', 'websocket']) {
      await page.selectOption('#transport', transport);
      expect(await run(page, /^Completed: 5 characters/)).toBe('hello');
    }
    for (const kind of ['curl', 'client', 'fetch', 'eventsource', 'websocket']) {
      await page.selectOption('#snippet-kind', kind);
      const snippet = await page.textContent('#snippet');
      expect(snippet).not.toContain('secret');
      expect(snippet).toContain('YOUR_TOKEN');
      // That of the stream which was shown last.
      expect(snippet).toMatch(/key=play-\w+/);
    }
  },
  60_000,
);
