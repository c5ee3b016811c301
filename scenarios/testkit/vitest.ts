import { expect, test as base, type TestAPI } from 'vitest';

import { checkRehearsalOptions } from './check-options.ts';
import { serverFixture, testFixture, type TestFixtures, type WorkerFixtures } from './fixtures.ts';
import { matchers, type RehearsalMatchers } from './matchers.ts';
import type { RehearsalOptions } from './start-rehearsal.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any -- as vitest declares it
  interface Matchers<T = any> extends RehearsalMatchers {}
}

type Fixtures = TestFixtures & WorkerFixtures;

/**
 * Vitest's `test` with a rehearsal: one server for the tests of a worker, each of which sees its own
 * requests alone and chooses for itself alone. `expect` learns what can be said of requests.
 * @throws RehearsalError (usage) with every wrong option
 */
export function rehearsalTest(options: RehearsalOptions = {}): TestAPI<Fixtures> {
  checkRehearsalOptions('rehearsalTest', options);
  expect.extend(matchers);
  return base.extend<Fixtures>({
    rehearsalServer: [serverFixture(options), { scope: 'worker' }],
    rehearsal: testFixture,
  });
}
