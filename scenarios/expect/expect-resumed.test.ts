import { expect, test } from 'vitest';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { expectOutcome } from './expect-outcome.ts';
import { expectResumed } from './expect-resumed.ts';

const bounds = { idleLimitMs: 30_000, streamLimitMs: 120_000, gatewayLimitMs: 120_000 };

/** Four chunks at 1 s, 2 s, …: `aaaaabbbbb…`. */
const trace = {
  given: Array.from({ length: 4 }, (_, index) => ({
    ms: 1000 * (index + 1),
    text: String.fromCharCode(97 + index).repeat(5),
  })),
};

const text = 'aaaaabbbbbcccccddddd';

function expected(faults: unknown[], limits: Partial<typeof bounds> = {}) {
  const behaviour = behaviourSchema.parse({ trace, faults });
  const request = { scenario: 'test', key: 'k', prompt: 'hello', model: 'gpt-4' };
  const plan = planStream(behaviour, 1, request);
  const own = { ...bounds, ...limits };
  return expectResumed(plan, expectOutcome(plan, own), own);
}

test.each([
  [{ dropConnection: { at: { chars: 10 } } }],
  [{ resetConnection: { at: { time: '2500ms' } } }],
  [{ truncate: { at: { chunks: 1 } } }],
  [{ missingEvent: { at: 'end' } }],
])('a stream that is cut after some text is resumed, and completes with all of it: %j', (fault) => {
  expect(expected([fault])).toEqual({ outcome: 'completed', detail: '', text, isResumed: true });
});

test('a cut before any text leaves no id to resume after', () => {
  expect(expected([{ dropConnection: { at: 'start' } }])).toEqual({
    outcome: 'cut',
    detail: '',
    text: '',
    isResumed: false,
  });
});

test('a failure behind the cut is the outcome of the resumed stream', () => {
  const cut = { dropConnection: { at: { chars: 5 } } };
  const failed = { outcome: 'failed', detail: 'GENERATION_ERROR', text: 'aaaaabbbbbccccc' };
  expect(expected([{ errorField: { at: { chars: 15 } } }, cut])).toEqual({
    ...failed,
    isResumed: true,
  });
  expect(expected([cut, { malformedJson: { at: 'end' } }])).toMatchObject({
    outcome: 'malformed',
    text,
  });
});

test('streams that do not break have the expectation of their first response', () => {
  const isResumed = false;
  expect(expected([])).toEqual({ outcome: 'completed', detail: '', text, isResumed });
  expect(expected([{ httpStatus: {} }])).toMatchObject({ outcome: 'rejected' });
  expect(expected([{ silence: { at: { chars: 5 } } }])).toMatchObject({ outcome: 'stalled' });
});

test('a plan decides nothing where the pause may exceed a limit, or a fault changes the text', () => {
  const cut = { dropConnection: { at: { chars: 10 } } };
  expect(expected([cut], { idleLimitMs: 3500 })).toBeNull();
  expect(expected([cut], { streamLimitMs: 6000 })).toBeNull();
  expect(expected([{ duplicatedEvent: { at: 'start' } }, cut])).toBeNull();
});
