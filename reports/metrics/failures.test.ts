import { expect, test } from 'vitest';

import { countFailures } from './failures.ts';
import { makeSample } from '../testing/make-sample.ts';

test('failures are counted by outcome and detail, most frequent first', () => {
  const reset = makeSample({ outcome: 'reset', detail: 'ECONNRESET' });
  const failed = makeSample({ outcome: 'failed', detail: 'GENERATION_ERROR' });
  expect(countFailures([reset, failed, failed])).toEqual([
    { outcome: 'failed', detail: 'GENERATION_ERROR', count: 2 },
    { outcome: 'reset', detail: 'ECONNRESET', count: 1 },
  ]);
});

test('completed and censored streams, and those outside the window, are no failures', () => {
  expect(
    countFailures([
      makeSample(),
      makeSample({ outcome: 'censored' }),
      makeSample({ phase: 'ramp', outcome: 'reset' }),
    ]),
  ).toEqual([]);
});

test('only the ten most frequent are kept', () => {
  const samples = Array.from({ length: 30 }, (_, index) =>
    makeSample({ outcome: 'failed', detail: `code ${index % 12}` }),
  );
  const failures = countFailures(samples);
  expect(failures).toHaveLength(10);
  expect(failures[0]).toEqual({ outcome: 'failed', detail: 'code 0', count: 3 });
});
