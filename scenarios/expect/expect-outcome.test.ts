import { expect, test } from 'vitest';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { expectOutcome } from './expect-outcome.ts';

const bounds = { idleLimitMs: 30_000, streamLimitMs: 120_000, gatewayLimitMs: 120_000 };

/** Ten chunks at 1 s, 2 s, …: `aaaaabbbbb…`. */
const trace = {
  given: Array.from({ length: 10 }, (_, index) => ({
    ms: 1000 * (index + 1),
    text: String.fromCharCode(97 + index).repeat(5),
  })),
};

function expected(faults: unknown[], limits: Partial<typeof bounds> = {}) {
  const behaviour = behaviourSchema.parse({ trace, faults });
  const request = { scenario: 'test', key: 'k', prompt: 'hello', model: 'gpt-4' };
  return expectOutcome(planStream(behaviour, 1, request), { ...bounds, ...limits });
}

test('a stream within its limits ends as planned', () => {
  expect(expected([])).toMatchObject({ outcome: 'completed', detail: '' });
  expect(expected([{ errorStatus: { at: { chars: 10 } } }])).toEqual({
    outcome: 'failed',
    detail: 'GENERATION_ERROR',
    text: 'aaaaabbbbb',
  });
  expect(expected([{ refuse: {} }])).toMatchObject({
    outcome: 'rejected',
    detail: 'status 503 AGENT_UNAVAILABLE',
  });
  expect(expected([{ httpStatus: { status: 502, body: 'page' } }])?.detail).toBe('status 502');
  expect(expected([{ contentType: {} }])?.detail).toBe('content type text/html');
});

test('a stream with a pause longer than the idle limit stalls, with the text until then', () => {
  const stall = { stall: { at: { chunks: 3 }, for: '5s' } };
  expect(expected([stall])).toMatchObject({ outcome: 'completed' });
  expect(expected([stall], { idleLimitMs: 4000 })).toEqual({
    outcome: 'stalled',
    detail: '',
    text: 'aaaaabbbbbccccc',
  });
});

test('the wait for the first text counts as well', () => {
  expect(expected([], { idleLimitMs: 500 })).toEqual({ outcome: 'stalled', detail: '', text: '' });
});

test('a stream longer than the stream limit times out', () => {
  expect(expected([], { streamLimitMs: 4500 })).toEqual({
    outcome: 'timed-out',
    detail: '',
    text: 'aaaaabbbbbcccccddddd',
  });
});

test('a silent stream stalls, or ends by the limit of the gateway if that is shorter', () => {
  const silence = { silence: { at: { chunks: 2 } } };
  expect(expected([silence])).toEqual({ outcome: 'stalled', detail: '', text: 'aaaaabbbbb' });
  expect(expected([silence], { idleLimitMs: 150_000, streamLimitMs: 180_000 })).toEqual({
    outcome: 'failed',
    detail: 'TIMEOUT',
    text: 'aaaaabbbbb',
  });
});

test('the outcome is unknown if two limits, or a limit and a text, are too close', () => {
  const silence = { silence: { at: { chunks: 2 } } };
  expect(expected([silence], { idleLimitMs: 150_000 })).toBeNull();
  expect(expected([], { idleLimitMs: 1100 })).toBeNull();
  expect(expected([], { streamLimitMs: 5000 })).toBeNull();
});

test('a limit does not affect earlier text', () => {
  const early = { idleLimitMs: 2500, streamLimitMs: 4500 };
  expect(expected([{ dropConnection: { at: { chunks: 2 } } }], early)?.outcome).toBe('cut');
  expect(expected([{ malformedJson: { at: { chunks: 2 } } }], early)?.outcome).toBe('malformed');
  expect(expected([{ resetConnection: { at: { chunks: 2 } } }], early)?.outcome).toBe('reset');
});

test('a buffered body stalls for a client with a short idle limit', () => {
  const buffered = { bufferedBody: {} };
  expect(expected([buffered])).toMatchObject({ outcome: 'completed' });
  expect(expected([buffered], { idleLimitMs: 4000 })).toEqual({
    outcome: 'stalled',
    detail: '',
    text: null,
  });
});

test('a missing message makes a longer gap', () => {
  const missing = { missingEvent: { at: { chunks: 2 } } };
  expect(expected([missing], { idleLimitMs: 1500 })?.outcome).toBe('stalled');
  expect(expected([missing], { idleLimitMs: 2500 })?.outcome).toBe('completed');
});

test('events that travel together have unknown times', () => {
  const glued = { gluedFrames: { events: 3 } };
  expect(expected([glued])?.outcome).toBe('completed');
  expect(expected([glued], { idleLimitMs: 4000 })).toBeNull();
});
