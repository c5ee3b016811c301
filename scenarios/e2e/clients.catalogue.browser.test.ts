import { expect, test } from 'vitest';

import { skipsBrowser } from '../../reports/testing/browser.ts';
import { bundle, frontend } from './support/frontend.ts';
import { tableClients } from './support/clients/table-clients.ts';
import { badCellsOf } from './support/observe-careful.ts';
import { observedFile } from './support/observe-all.ts';
import { runInPage } from './support/run-in-page.ts';

const pageClients = tableClients.filter((each) => each.isInPage).map(({ name }) => name);

const { openPage } = frontend(() => bundle(new URL('support/clients/in-page.ts', import.meta.url)));

test.skipIf(skipsBrowser).each(pageClients)(
  '%s handles every failure as docs/clients.md says',
  // One retry, for a machine that stalled for seconds.
  { timeout: 600_000, retry: 1 },
  async (name) => {
    await expect(await observedFile(name, runInPage(name, openPage))).toMatchFileSnapshot(
      `support/client-observations/${name}.json`,
    );
  },
);

test.skipIf(skipsBrowser)(
  'fetch-event-source completes or reports every stream with the additions of docs/clients.md',
  { timeout: 300_000 },
  async () => {
    const run = runInPage('careful-fetch-event-source', openPage);
    expect(await badCellsOf('fetch-event-source', run)).toEqual([]);
  },
);
