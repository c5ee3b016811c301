import { gzipSync } from 'node:zlib';

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import type { generate as generateFunction, GenerateError } from '../../client/index.ts';
import { skipsBrowser } from '../../reports/testing/browser.ts';
import { startRehearsal } from '../testkit/start-rehearsal.ts';
import { bundle, frontend } from './support/frontend.ts';

/** What the bundle leaves on the page. */
declare const client: { generate: typeof generateFunction };

const script = () => bundle(new URL('../../client/index.ts', import.meta.url));

const { openPage } = frontend(script);

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

test('the client, its parser included, is as small as the README says', async () => {
  expect(gzipSync(await script()).length).toBeLessThan(4096);
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
    expect(await ask(page, url, { ...cut, resume: 3 })).toEqual({ kind: 'completed', text });
    const silent = { ...fault({ silence: { at: { chars: 10 } } }), idleTimeoutMs: 500 };
    expect(await ask(page, url, silent)).toMatchObject({ kind: 'timeout' });
    await expect.poll(() => requests().at(-1)).toMatchObject({ end: 'client-left' });
  },
  60_000,
);
