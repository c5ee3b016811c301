import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import type * as inPage from './support/clients/in-page.ts';
import { bundle, frontend } from './support/frontend.ts';
import { observeAll, type RunClient } from './support/observe-client.ts';
import { findTrials } from './support/trials.ts';

/** What the bundle leaves on the page. */
declare const client: typeof inPage;

const { openPage } = frontend(() => bundle(new URL('support/clients/in-page.ts', import.meta.url)));

test.skipIf(skipsBrowser).each(['EventSource', 'fetch-event-source'])(
  '%s does with every failure what docs/clients.md says',
  // Once more where the machine stood still for seconds: no client can be told from a slow one then.
  { timeout: 180_000, retry: 1 },
  async (name) => {
    // A page costs more than a stream.
    const idle: Page[] = [];
    const run: RunClient = async (request, stop) => {
      const page = idle.pop() ?? (await openPage());
      stop.addEventListener('abort', () => page.evaluate(() => client.stop()));
      const heard = await page.evaluate(([name, request]) => client.run(name, request), [
        name,
        request,
      ] as const);
      idle.push(page);
      return heard;
    };
    await expect(await observeAll(await findTrials(), run)).toMatchFileSnapshot(
      `support/clients-seen/${name}.json`,
    );
  },
);
