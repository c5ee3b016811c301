import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { createRehearsalState, type RehearsalState } from './next-requests.ts';

/** Returns the metadata of a request, without their prefix, after `prepare`. */
function prepare(
  state: RehearsalState,
  sent: Record<string, string> = {},
  model = 'gpt-4',
): Record<string, unknown> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(sent)) metadata.set(`x-rehearsal-${name}`, value);
  state.prepare({ prompt: 'a', model, metadata });
  return Object.fromEntries(
    Object.entries(metadata.getMap()).map(([name, value]) => [
      name.replace('x-rehearsal-', ''),
      value,
    ]),
  );
}

test('without a choice a request stays unchanged', () => {
  expect(prepare(createRehearsalState(), { key: 'k' })).toEqual({ key: 'k' });
});

test('the scenario that a request names by metadata or model wins over the chosen one', () => {
  const state = createRehearsalState();
  state.use('chosen');
  expect(prepare(state)).toEqual({ scenario: 'chosen' });
  expect(prepare(state, { scenario: 'own' })).toEqual({ scenario: 'own' });
  expect(prepare(state, {}, 'rehearsal/own')).toEqual({});
});

test('choices for the next requests win over the request, so many times, and only for their test', () => {
  const state = createRehearsalState();
  state.next({ scenario: 'other', fault: 'noFinal' }, 2, 'a');
  const own = { test: 'a', scenario: 'own', fault: 'crash' };
  const chosen = { test: 'a', scenario: 'other', fault: 'noFinal' };
  expect(prepare(state)).toEqual({});
  expect([prepare(state, own), prepare(state, own), prepare(state, own)]).toEqual([
    chosen,
    chosen,
    own,
  ]);
});

test('a resumed stream keeps its scenario, but can get a fault', () => {
  const state = createRehearsalState();
  state.use('chosen');
  state.next({ scenario: 'other', fault: 'noFinal' }, 1);
  const resumed = { scenario: 'before', nth: '3', resume: '7' };
  expect(prepare(state, resumed)).toEqual({ ...resumed, fault: 'noFinal' });
});

test('a reset clears one test or all, and restarts the counting of keys', () => {
  const state = createRehearsalState();
  state.use('chosen', 'a');
  state.use('chosen', 'b');
  state.reset('a');
  expect(prepare(state, { test: 'a' })).toEqual({ test: 'a', epoch: '1' });
  expect(prepare(state, { test: 'b' })).toEqual({ test: 'b', scenario: 'chosen' });
  state.reset();
  expect(prepare(state, { test: 'a' })).toEqual({ test: 'a', epoch: '2' });
  expect(prepare(state, { test: 'b' })).toEqual({ test: 'b', epoch: '2' });
  expect(prepare(state)).toEqual({ epoch: '2' });
});

test('with more than 10000 tests the least recently used one loses its choices', () => {
  const state = createRehearsalState();
  state.use('chosen');
  state.use('own', 'idle');
  state.use('own', 'used');
  for (let other = 3; other <= 10_000; other += 1) state.use('own', `other ${other}`);
  expect(prepare(state, { test: 'used' })).toMatchObject({ scenario: 'own' });
  state.use('own', 'one too many');
  expect(prepare(state, { test: 'used' })).toMatchObject({ scenario: 'own' });
  expect(prepare(state, { test: 'idle' })).toMatchObject({ scenario: 'chosen' });
});
