import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { isEventStream, retryAfterMs } from './response.ts';

const nowMs = Date.UTC(2026, 10, 6, 8, 49, 0);

const zone = process.env['TZ'];
beforeEach(() => vi.stubEnv('TZ', 'Asia/Tokyo'));
afterEach(() => vi.stubEnv('TZ', zone));

test.each([
  ['0', 0],
  ['7', 7000],
  ['0007', 7000],
  ['3000000', 3_000_000_000],
  ['Fri, 06 Nov 2026 08:49:37 GMT', 37_000],
  ['Friday, 06-Nov-26 08:49:37 GMT', 37_000],
  ['Fri Nov  6 08:49:37 2026', 37_000],
  ['Thu Nov 26 08:49:00 2026', 20 * 86_400_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ['Monday, 06-Nov-76 08:49:00 GMT', Date.UTC(2076, 10, 6, 8, 49, 0) - nowMs],
  ['Saturday, 06-Nov-77 08:49:00 GMT', 0],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
])('Retry-After %j is %i ms', (value, expected) => {
  expect(retryAfterMs(value, nowMs)).toBe(expected);
});

test.each([
  '',
  '1.5',
  '-1',
  '+1',
  '1e3',
  '1 s',
  '１',
  'soon',
  '2026-11-06T08:49:37Z',
  'Fri, 06 Nov 2026 08:49:37',
  'Fri, 06 Nov 2026 08:49:37 CET',
  'Fri, 06 Foo 2026 08:49:37 GMT',
  'Fri, 6 Nov 2026 08:49:37 GMT',
  '1, 2',
])('Retry-After %j is invalid', (value) => {
  expect(retryAfterMs(value, nowMs)).toBeUndefined();
});

test.each([
  'text/event-stream',
  'Text/Event-Stream',
  'text/event-stream;charset=utf-8',
  'text/event-stream ; charset="utf-8"',
  'text/event-stream\t;x="a,b;c"',
  'text/event-stream, text/event-stream',
])('%j is an event stream', (type) => {
  expect(isEventStream(type)).toBe(true);
});

test.each([
  '',
  'text/html',
  'text/event-stream-2',
  'text/event-stream+json',
  'text/event-stream.x',
  'x text/event-stream',
  'text/event-stream charset=utf-8',
])('%j is not an event stream', (type) => {
  expect(isEventStream(type)).toBe(false);
});
