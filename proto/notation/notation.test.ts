import { expect, test } from 'vitest';

import { durationSchema } from './duration.ts';
import { percentageSchema } from './percentage.ts';

test.each([
  ['0ms', 0],
  ['0', 0],
  [0, 0],
  ['300ms', 300],
  ['1.5s', 1500],
  ['2m', 120_000],
])('the duration %s is %i milliseconds', (text, ms) => {
  expect(durationSchema.parse(text)).toBe(ms);
});

test.each([300, '300', '00', -1, '-1s', '1 s', '1h', '1e3ms', 's', '', null, '36000m'])(
  'the duration %j is rejected',
  (text) => {
    expect(durationSchema.safeParse(text).success).toBe(false);
  },
);

test.each([
  ['0%', 0],
  ['5%', 0.05],
  ['99.9%', 0.999],
  ['100%', 1],
])('the percentage %s is %d', (text, share) => {
  expect(percentageSchema.parse(text)).toBe(share);
});

test.each([0.5, '0.5', '101%', '-1%', '%', ''])('the percentage %j is rejected', (text) => {
  expect(percentageSchema.safeParse(text).success).toBe(false);
});
