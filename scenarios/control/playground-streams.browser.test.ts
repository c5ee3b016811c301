import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { dialectNames } from '../../proto/dialects/dialect.ts';
import {
  choose,
  chooseFault,
  run,
  showRequest,
  usePlaygrounds,
} from './testing/open-playground.ts';

const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const longPrompt =
  'a prompt that is long enough for every fault of the list to strike in the middle of its text';

const open = usePlaygrounds();
const timeout = 90_000;

test.skipIf(skipsBrowser)(
  'the playground shows a stream in every format, and markup as text',
  async () => {
    const { page, complaints } = await open();
    expect(await page.textContent('#description')).toBe('What it was asked, to the letter.');
    await showRequest(page);
    await page.fill('#prompt', hostile);
    for (const format of ['fetch', 'eventsource', 'websocket', ...dialectNames]) {
      await page.selectOption('#format', format);
      expect(await run(page, 'Complete')).toMatch(/: 71 characters in \d+ messages\.$/);
      expect(await page.textContent('#answer')).toBe(hostile);
      const counts = () =>
        page.$$eval('#timeline path', (paths) =>
          paths.map((path) => Number(path.dataset['count'])),
        );
      await expect.poll(async () => Math.min(...(await counts()))).toBeGreaterThan(1);
      expect(await page.textContent('#raw')).toContain('data');
    }
    expect(await page.title()).toBe('Rehearsal playground');
    expect(complaints).toEqual([]);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'reasoning and tool calls are shown beside the text',
  async () => {
    const { page } = await open({ query: '?scenario=tool-calls&format=openai-chat&speed=20' });
    await run(page, 'Complete');
    const calls = await page.$$eval('#answer .toolCall', (all) =>
      all.map((each) => each.textContent),
    );
    expect(calls).toHaveLength(2);
    for (const call of calls)
      expect(JSON.parse(call?.replace('get_weather ', '') ?? '')).toHaveProperty('city');
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'a sentence explains every failure',
  async () => {
    const { page, origin } = await open({ query: `?prompt=${encodeURIComponent(longPrompt)}` });
    expect(
      await page.$$eval('#fault option', (all) => all.map(({ textContent }) => textContent)),
    ).toEqual(faultNames);
    await choose(page, 'it fails midway');
    expect(await page.textContent('#description')).toBe('Text, then an error event.');
    expect(await run(page, 'Failed')).toMatch(/with 6\d characters shown\. GENERATION_ERROR: /);
    await choose(page, 'it is cut off');
    expect(await run(page, 'Cut off')).toContain('without its final message');
    await choose(page, '529');
    expect(await run(page, 'Refused')).toContain('There was no stream: HTTP 529');
    await chooseFault(page, 'malformedJson');
    expect(await run(page, 'Broken')).toContain('an event without valid data');
    await chooseFault(page, 'refuse');
    await page.selectOption('[data-setting=status]', 'PERMISSION_DENIED');
    expect(await run(page, 'Refused')).toContain('HTTP 403: FORBIDDEN');
    await page.goto(
      `${origin}/?prompt=short&scenario=says&fault=${encodeURIComponent('{"stall":{"at":{"chars":60}}}')}`,
    );
    await page.waitForSelector('#start:enabled');
    expect(await run(page, 'Complete')).toContain(' stall did not strike: the answer ended before');
    await showRequest(page);
    await page.fill('#prompt', longPrompt);
    await chooseFault(page, 'errorField');
    await page.selectOption('[data-setting=at-kind]', 'chars');
    await page.fill('[data-setting=at-amount]', '12');
    await page.fill('[data-setting=message]', 'out of words');
    expect(await run(page, 'Failed')).toMatch(/with 1\d characters shown\..*out of words/);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'a stall is seen while it lasts: a clock, and a pause that grows and reddens',
  async () => {
    const { page } = await open({ query: `?prompt=${encodeURIComponent(longPrompt)}` });
    await choose(page, 'it stalls');
    await page.click('#start');
    const opacity = () =>
      page.$$eval('#timeline .pause rect', (all) =>
        Number(all.at(-1)?.getAttribute('fill-opacity')),
      );
    await expect.poll(() => page.textContent('#pause')).toMatch(/^nothing for 1\.\d s$/);
    const early = await opacity();
    // Meanwhile only the pause and the playhead move; the rest is not drawn again.
    const redrawn = await page.$eval('#timeline', async (svg) => {
      let nodes = 0;
      const observer = new MutationObserver((mutations) => {
        for (const { target, addedNodes } of mutations)
          if (target.nodeName !== 'text') nodes += addedNodes.length;
      });
      observer.observe(svg, { childList: true, subtree: true });
      await new Promise((resolve) => setTimeout(resolve, 800));
      return nodes;
    });
    expect(redrawn).toBe(0);
    await expect.poll(() => page.textContent('#pause')).toMatch(/^nothing for 3\.\d s$/);
    expect(await opacity()).toBeGreaterThan(early);
    expect(await page.textContent('#status')).toBe('Streaming');
    await expect.poll(() => page.textContent('#status')).toBe('Complete');
    expect(await page.textContent('#outcome')).toMatch(/ For [45]\.\d s nothing came, from /);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'the timeline shows Retry-After, and the reconnects of an EventSource',
  async () => {
    const { page } = await open({ query: `?prompt=${encodeURIComponent(longPrompt)}` });
    await choose(page, '429');
    expect(await run(page, 'Refused')).toContain('asks to wait 2.0 s before the next try');
    expect(await page.textContent('#timeline')).toContain('wait 2.0 s');
    await choose(page, 'it is cut off');
    await showRequest(page);
    await page.selectOption('#format', 'eventsource');
    await run(page, 'Complete');
    expect(await page.textContent('#answer')).toBe(longPrompt);
    expect(await page.locator('#timeline .moment.reconnect').count()).toBe(1);
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'Ctrl+Enter starts, Escape stops and the server stops its work, and the focus stays',
  async () => {
    const { page, origin } = await open({ query: `?prompt=${encodeURIComponent(longPrompt)}` });
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await choose(page, 'it goes silent');
    await page.focus('#start');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => page.textContent('#status')).toBe('Streaming');
    expect(await focused()).toBe('start');
    expect(await page.textContent('#start')).toBe('Stop');
    await page.keyboard.press('Escape');
    expect(await page.textContent('#status')).toBe('Stopped');
    expect(await focused()).toBe('start');
    const lastEnd = async () => {
      const response = await fetch(`${origin}/__rehearsal/requests`);
      const { requests }: { requests: { endedBy: string }[] } = await response.json();
      return requests.at(-1)?.endedBy;
    };
    await expect.poll(lastEnd).toBe('client');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('#status')).toBe('Streaming');
    await page.keyboard.press('Enter');
    expect(await page.textContent('#status')).toBe('Stopped');
  },
  timeout,
);

test.skipIf(skipsBrowser)(
  'a held stream is seen as held, sends chunk by chunk, and goes on',
  async () => {
    const { page } = await open({ query: `?prompt=${encodeURIComponent(longPrompt)}` });
    await choose(page, 'you hold it');
    await page.click('#start');
    await expect.poll(() => page.textContent('#status')).toBe('Held');
    const shown = async () => (await page.textContent('#answer')) ?? '';
    const before = await shown();
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await page.focus('#step');
    await page.keyboard.press('Enter');
    await expect.poll(shown).not.toBe(before);
    expect(longPrompt.startsWith(await shown())).toBe(true);
    expect(await page.textContent('#status')).toBe('Held');
    expect(await focused()).toBe('step');
    await page.focus('#hold');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('#status')).toBe('Complete');
    expect(await focused()).toBe('start');
    expect(await shown()).toBe(longPrompt);
    const marks = () =>
      page.$$eval('#timeline .moment title', (all) => all.map(({ textContent }) => textContent));
    expect(await marks()).toEqual(['hold', 'step', 'resume', 'complete']);

    await choose(page, 'it stalls');
    await page.click('#start');
    await expect.poll(() => page.textContent('#pause')).toMatch(/^nothing for/);
    await page.click('#hold');
    await expect.poll(() => page.textContent('#status')).toBe('Held');
    expect(await page.textContent('#outcome')).toMatch(
      /^The agent stands still after \d+ characters/,
    );
  },
  timeout,
);
