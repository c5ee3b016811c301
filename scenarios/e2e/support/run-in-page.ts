import type { Page } from 'playwright-core';

import type { RunClient } from '../../clients/observe-client.ts';
import { endOf } from './clients/client.ts';
import type * as inPage from './clients/in-page.ts';

/** The global that the bundle defines. */
declare const client: typeof inPage;

/** Runs a client of `in-page.ts`. Pages are reused, since opening one takes longer than a stream. */
export function runInPage(name: string, openPage: () => Promise<Page>): RunClient {
  const idle: Page[] = [];
  return async (request, stop) => {
    const page = idle.pop() ?? (await openPage());
    stop.addEventListener('abort', () => page.evaluate(() => client.stop()));
    const state = await page.evaluate(([chosen, asked]) => client.run(chosen, asked), [
      name,
      request,
    ] as const);
    idle.push(page);
    return endOf(state);
  };
}
