import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import {
  choose,
  chooseFault,
  run,
  showRequest,
  usePlaygrounds,
} from './testing/open-playground.ts';

const open = usePlaygrounds();
const timeout = 90_000;

test.skipIf(skipsBrowser)(
  'the address of the page has its choices, but not the token',
  async () => {
    const { page } = await open();
    await chooseFault(page, 'stall');
    await page.selectOption('[data-setting=at-kind]', 'chunks');
    await page.fill('[data-setting=at-amount]', '3');
    await page.fill('[data-setting=for]', '1s');
    await showRequest(page);
    await page.selectOption('#scenario', 'healthy');
    await page.selectOption('#format', 'eventsource');
    await page.fill('#prompt', "it's");
    await page.fill('#token', 'secret-of-a-person');
    const snippet = await page.textContent('#snippet');
    expect(snippet).toContain('{"stall":{"at":{"chunks":3},"for":"1s"}}');
    expect(page.url()).not.toContain('secret');
    await page.reload();
    await page.waitForSelector('#start:enabled');
    expect(await page.textContent('#snippet')).toBe(
      snippet?.replace(/ \\\n *-H 'Authorization: [^']*'/, ''),
    );
    expect(await page.inputValue('#scenario')).toBe('healthy');
    expect(await page.inputValue('#format')).toBe('eventsource');
    expect(await page.inputValue('[data-setting=at-amount]')).toBe('3');
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'the address may name what does not exist: the page says so',
  async () => {
    const { page, origin } = await open({ query: '?fault=stall,cut&speed=20' });
    expect(await page.textContent('#snippet')).toContain('x-rehearsal-fault: stall,cut');
    await page.goto(`${origin}/?fault=nope`);
    await page.waitForSelector('#start:enabled');
    expect(await run(page, 'Refused')).toContain('there is no "nope"');
    await page.goto(`${origin}/?scenario=nope`);
    await page.waitForSelector('#start:enabled');
    expect(await run(page, 'Refused')).toContain('nope');
    await page.goto(`${origin}/?format=nope`);
    await page.waitForSelector('#start:enabled');
    expect(await page.textContent('#outcome')).toContain('a format that there is not: nope');
    await page.goto(`${origin}/?seed=x`);
    await page.waitForSelector('#start:enabled');
    await page.keyboard.press('Control+Enter');
    expect(await page.textContent('#status')).toBe('Ready');
    expect(await page.isVisible('#seed')).toBe(true);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'the next request of an app gets the chosen failure, and the page tells what the app did',
  async () => {
    const { page, origin } = await open({ query: '?scenario=healthy' });
    await page.click('#app summary');
    expect(await page.textContent('#addresses')).toContain(`${origin}/api/v1/ai/generate`);
    await expect.poll(() => page.textContent('#requests')).toBe('No request has come yet.');
    await choose(page, '429');
    await page.click('#arm');
    await expect
      .poll(() => page.textContent('#armed'))
      .toBe('The next request that comes gets it.');
    const ask = () => fetch(`${origin}/api/v1/ai/generate?prompt=mine&speed=instant`);
    expect((await ask()).status).toBe(429);
    await (await ask()).text();
    const rows = () =>
      page.$$eval('#requests li', (all) => all.map(({ textContent }) => textContent));
    await expect.poll(async () => (await rows()).length).toBe(2);
    const [whole, refused] = await rows();
    expect(whole).toMatch(/“mine”: your app got the whole answer, 4 characters in /);
    expect(refused).toContain(
      'with httpStatus: your app was refused with 429 (RATE_LIMITED), to come again in 2.0 s.',
    );
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'every snippet asks for the same, and is copied',
  async () => {
    const { page } = await open({
      query: "?prompt=it's&scenario=healthy",
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await choose(page, '429');
    expect(await page.textContent('#snippet')).toContain(`-d '{"prompt":"it'\\''s"}'`);
    const kinds = await page.$$eval('#snippet-kind option', (all) =>
      all.map((option) => (option instanceof HTMLOptionElement ? option.value : '')),
    );
    expect(kinds.length).toBeGreaterThan(9);
    for (const kind of kinds) {
      await page.selectOption('#snippet-kind', kind);
      const snippet = await page.textContent('#snippet');
      expect(snippet).toContain('healthy');
      expect(snippet).toMatch(/429/);
    }
    await page.click('#copy');
    await expect.poll(() => page.textContent('#copy')).toBe('Copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      await page.textContent('#snippet'),
    );
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'a token goes the way that each transport has, and into no snippet',
  async () => {
    const { page } = await open({ flags: ['--auth', 'any'], query: '?prompt=hello' });
    expect(await run(page, 'Refused')).toContain('HTTP 401');
    await showRequest(page);
    await page.fill('#token', 'secret-of-a-person');
    for (const format of [
      'fetch',
      'eventsource',
      'websocket',
      'openai-chat',
      'anthropic-messages',
    ]) {
      await page.selectOption('#format', format);
      await run(page, 'Complete');
      expect(await page.textContent('#answer')).toBe('hello');
    }
    await page.selectOption('#format', 'fetch');
    for (const kind of ['curl', 'client', 'fetch', 'eventsource', 'websocket', 'anthropic']) {
      await page.selectOption('#snippet-kind', kind);
      const snippet = await page.textContent('#snippet');
      expect(snippet).not.toContain('secret');
      expect(snippet).toContain('YOUR_TOKEN');
    }
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'a phone shows Start and the text together, and nothing beyond its width',
  async () => {
    const { page } = await open({
      query: '?prompt=hello',
      viewport: { width: 390, height: 800 },
      hasTouch: true,
    });
    await run(page, 'Complete');
    const bottoms = await page.$$eval('#start, #answer', (all) =>
      all.map((element) => element.getBoundingClientRect().bottom),
    );
    expect(Math.max(...bottoms)).toBeLessThan(800);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'on a phone what happened is above the answer, and seen however long that is',
  async () => {
    const { page } = await open({
      query: `?prompt=${encodeURIComponent('a long answer '.repeat(60))}&speed=instant`,
      viewport: { width: 390, height: 800 },
      hasTouch: true,
    });
    await run(page, 'Complete');
    const [outcome, answer] = await page.$$eval('#outcome, #answer', (all) =>
      all
        .toSorted((a, b) => b.id.localeCompare(a.id))
        .map((element) => element.getBoundingClientRect().bottom),
    );
    expect(outcome).toBeLessThan(800);
    expect(outcome).toBeLessThan(answer ?? 0);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'from another host the playground streams, without the control interface',
  async () => {
    const { page } = await open({ fromOtherHost: true, query: '?scenario=healthy' });
    expect(await page.$$eval('#scenario option', (all) => all.length)).toBe(3);
    await choose(page, 'it goes silent');
    await page.click('#start');
    await expect.poll(() => page.textContent('#status')).toBe('Streaming');
    expect(await page.isVisible('#hold')).toBe(false);
    await page.click('#copy');
    await expect.poll(() => page.textContent('#copy')).toMatch(/^Copied$|^Selected/);
  },
  timeout,
);

/** Returns the contrast (WCAG 2) of each control's edge or ground to what surrounds it, the lowest one first. */
function controlContrasts(page: Page): Promise<{ control: string; contrast: number }[]> {
  return page.evaluate(() => {
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    const luminance = (color: string) => {
      if (context === null) throw new Error('no canvas');
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = [...context.getImageData(0, 0, 1, 1).data].map(
        (value) => {
          const share = value / 255;
          return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        },
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundOf = (element: Element | null): string => {
      for (let at = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (!backgroundColor.endsWith(', 0)')) return backgroundColor;
      }
      return 'white';
    };
    const controls = document.querySelectorAll(
      'button, select, input:not([type=radio]), textarea, .chips span',
    );
    return [...controls]
      .filter((control) => control.checkVisibility())
      .map((control) => {
        const edge = luminance(getComputedStyle(control).borderTopColor);
        const ground = luminance(groundOf(control.parentElement));
        const contrast = (Math.max(edge, ground) + 0.05) / (Math.min(edge, ground) + 0.05);
        return { control: control.id || (control.textContent ?? ''), contrast };
      })
      .toSorted((a, b) => a.contrast - b.contrast);
  });
}

test.skipIf(skipsBrowser).each(['light', 'dark'] as const)(
  'every control stands out by 3:1 in the %s theme',
  async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await showRequest(page);
    await chooseFault(page, 'stall');
    const contrasts = await controlContrasts(page);
    expect(contrasts.length).toBeGreaterThan(20);
    expect(contrasts[0]?.contrast).toBeGreaterThanOrEqual(3);
  },
  timeout,
);
