import { expect, test } from 'vitest';

import { acceptedOutcomes } from './accepted-outcomes.ts';
import { findClientCases } from './client-cases.ts';

const { catalogue, faults } = await findClientCases();

const accepted = Object.fromEntries(
  [...catalogue, ...faults].map((each) => [each.name, acceptedOutcomes(each).join(', ')]),
);

test.each([
  ['healthy', 'complete'],
  ['slow-first-chunk', 'complete'],
  ['stall-and-resume', 'complete'],
  ['slow-accept', 'complete'],
  ['duplicated-final', 'complete, told'],
  ['crlf', 'complete'],
  ['split-characters', 'complete'],
  ['truncated', 'complete, told'],
  ['truncated-at-end', 'complete, told'],
  ['missing-final', 'complete, told'],
  ['silent-stall', 'complete, told'],
  ['garbled-event', 'complete, told'],
  ['agent-down', 'complete, told'],
  ['flaky', 'complete, told'],
  ['wrong-content-type', 'complete, told'],
  ['no-usage', 'complete, told'],
  ['missing-event', 'complete, told, silent, duplicated'],
  ['swapped-events', 'complete, told, silent, duplicated'],
  ['duplicated-event', 'complete, told, silent, duplicated'],
])('%s: a good client is %s', (name, outcomes) => {
  expect(accepted[name]).toBe(outcomes);
});

test('every case has a name of its own', () => {
  expect(Object.keys(accepted)).toHaveLength(catalogue.length + faults.length);
});

test('no case is left to chance', () => {
  for (const { scenario } of [...catalogue, ...faults]) {
    for (const { probability } of scenario.behaviour.faults) expect(probability).toBe(1);
  }
});
