import { randomUUID } from 'node:crypto';

import { expect, test as base, type TestAPI } from 'vitest';

import {
  startRehearsal,
  type Rehearsal,
  type RehearsalOptions,
  type TestRehearsal,
} from './start-rehearsal.ts';
import { matchers, type RehearsalMatchers } from './matchers.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any -- as vitest declares it
  interface Matchers<T = any> extends RehearsalMatchers {}
}

/** What tests get. */
interface Fixtures {
  /** Shared by the tests of a worker. */
  rehearsalServer: Rehearsal;
  /** The test's own part of it: scenario, counting and requests are apart from every other test's. */
  rehearsal: TestRehearsal;
}

/**
 * Vitest's `test` with a rehearsal: one server for the tests of a worker, each of which sees its own
 * requests alone and chooses for itself alone. `expect` learns what can be said of requests.
 */
export function rehearsalTest(options: RehearsalOptions = {}): TestAPI<Fixtures> {
  expect.extend(matchers);
  return base.extend<Fixtures>({
    rehearsalServer: [
      // oxlint-disable-next-line no-empty-pattern -- vitest reads the names in it
      async ({}, use) => {
        const server = await startRehearsal(options);
        await use(server);
        await server.close();
      },
      { scope: 'worker' },
    ],
    rehearsal: async ({ rehearsalServer }, use) => {
      const rehearsal = rehearsalServer.forTest(randomUUID());
      await use(rehearsal);
      rehearsal.reset();
    },
  });
}
