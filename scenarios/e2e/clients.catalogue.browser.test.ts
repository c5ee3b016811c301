import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import type * as inPage from './support/clients/in-page.ts';
import { bundle, frontend } from './support/frontend.ts';
import type { RunClient } from '../clients/observe-client.ts';
import { endOf } from './support/clients/client.ts';
import { tableClients } from './support/clients/table-clients.ts';
import { observedFile } from './support/observe-all.ts';

/** The global that the bundle defines. */
declare const client: typeof inPage;

const pageClients = tableClients.filter((each) => each.isInPage).map(({ name }) => name);

const { openPage } = frontend(() => bundle(new URL('support/clients/in-page.ts', import.meta.url)));

test.skipIf(skipsBrowser).each(pageClients)(
  '%s handles every failure as docs/clients.md says',
  // One retry, for a machine that stalled for seconds.
  { timeout: 600_000, retry: 1 },
  async (name) => {
    // Pages are reused, since opening one takes longer than a stream.
    const idle: Page[] = [];
    const run: RunClient = async (request, stop) => {
      const page = idle.pop() ?? (await openPage());
      stop.addEventListener('abort', () => page.evaluate(() => client.stop()));
      const state = await page.evaluate(([name, request]) => client.run(name, request), [
        name,
        request,
      ] as const);
      idle.push(page);
      return endOf(state);
    };
    await expect(await observedFile(name, run)).toMatchFileSnapshot(
      `support/client-observations/${name}.json`,
    );
  },
);
