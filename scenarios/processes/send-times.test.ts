import { expect, test } from 'vitest';

import { createSendTimesRecord, monotonicOffsetMs } from './send-times.ts';

test('records send times per stream after the start, on the clock that all processes share', () => {
  const record = createSendTimesRecord();
  record.open('early')(1);
  record.start();
  const a = record.open('a');
  const b = record.open('b');
  a(100);
  b(150.25);
  a(200);
  const offsetMs = monotonicOffsetMs();
  const { a: ofA, b: ofB, early } = record.take();
  expect(early).toBeUndefined();
  expect(ofA?.map((atMs) => Math.round(atMs - offsetMs))).toEqual([100, 200]);
  expect((ofB?.[0] ?? 0) - offsetMs).toBeCloseTo(150.25, 0);
  expect(record.take()).toEqual({});
});
