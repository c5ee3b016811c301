import { expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { createPlanner } from './planner.ts';

const scenarioOf = (behaviour: object) => ({
  name: 'a',
  behaviour: behaviourSchema.parse(behaviour),
  cases: [],
  seed: 1,
});

/** Counts the started threads: here none can load TypeScript, so each of them fails. */
function countThreads() {
  let started = 0;
  const planner = createPlanner(() => (started += 1));
  return { planner, started: () => started };
}

test('a scenario with only large streams starts the thread before the first request', async () => {
  const large = countThreads();
  const small = countThreads();
  small.planner.startFor([scenarioOf({ text: { generate: { chars: 10_000 } } })]);
  large.planner.startFor([scenarioOf({}), scenarioOf({ text: { generate: { chars: 10_001 } } })]);
  await expect.poll(large.started).toBe(1);
  expect(small.started()).toBe(0);
  await large.planner.close();
  await small.planner.close();
});
