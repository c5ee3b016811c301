import { expect, test } from 'vitest';

import type { Outcome } from '../../reports/sample.ts';
import { expectOfForeign } from './expect-of-foreign.ts';
import type { Expectation } from './expect-outcome.ts';

const failed: Expectation = { outcome: 'failed', detail: 'AGENT_UNAVAILABLE', text: 'ab' };
const generation: Expectation = { ...failed, detail: 'GENERATION_ERROR' };
const atOnce: Expectation = { ...failed, text: '' };
const rejected: Expectation = {
  outcome: 'rejected',
  detail: 'status 503 AGENT_UNAVAILABLE',
  text: '',
};

test.each<[string, Expectation, Outcome, string, number]>([
  ['the code of the specification', failed, 'failed', 'GENERATION_ERROR', 200],
  ['a code of its own', failed, 'failed', 'NO_MODEL', 200],
  ['an error event in place of a status', rejected, 'failed', 'GENERATION_ERROR', 200],
  ['another status', rejected, 'rejected', 'status 502', 502],
  ['a status in place of an error event without text', atOnce, 'rejected', 'status 500', 500],
])('%s is as planned', (_, own, outcome, detail, status) => {
  const { text } = own;
  expect(expectOfForeign({ outcome, detail, status }, own)).toEqual({ outcome, detail, text });
});

test.each<[string, Expectation, Outcome, string, number]>([
  ['another code of a failed generation', generation, 'failed', 'ERROR', 200],
  ['a status after text', failed, 'rejected', 'status 500', 500],
  ['a page in place of a stream', rejected, 'rejected', 'content type text/html', 200],
  ['an end without an error', failed, 'completed', '', 200],
])('%s is not', (_, own, outcome, detail, status) => {
  expect(expectOfForeign({ outcome, detail, status }, own)).toEqual(own);
});

test('the expectations of other streams do not change', () => {
  const completed: Expectation = { outcome: 'completed', detail: '', text: 'ab' };
  const sample = { outcome: 'failed', detail: 'GENERATION_ERROR', status: 200 } as const;
  expect(expectOfForeign(sample, completed)).toEqual(completed);
  expect(expectOfForeign(sample, null)).toBeNull();
});
