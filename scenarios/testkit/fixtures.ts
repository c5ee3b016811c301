import { randomUUID } from 'node:crypto';

import {
  startRehearsal,
  type Rehearsal,
  type RehearsalOptions,
  type TestRehearsal,
} from './start-rehearsal.ts';

/** What the tests of a worker share. */
export interface WorkerFixtures {
  rehearsalServer: Rehearsal;
}

/** What each test gets. */
export interface TestFixtures {
  /** The test's own part of the server: scenario, counting and requests are apart from every other test's. */
  rehearsal: TestRehearsal;
}

type Use<Value> = (value: Value) => Promise<void>;

/** Returns the fixture of the server, for `extend` of vitest and of Playwright. */
export function serverFixture(options: RehearsalOptions) {
  // oxlint-disable-next-line no-empty-pattern -- vitest and Playwright read the names in it
  return async ({}, use: Use<Rehearsal>): Promise<void> => {
    const server = await startRehearsal(options);
    await use(server);
    await server.close();
  };
}

/** The fixture of a test's own part, likewise. */
export async function testFixture(
  { rehearsalServer }: WorkerFixtures,
  use: Use<TestRehearsal>,
): Promise<void> {
  const rehearsal = rehearsalServer.forTest(randomUUID());
  await use(rehearsal);
  rehearsal.reset();
}
