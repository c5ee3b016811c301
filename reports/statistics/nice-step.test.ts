import { expect, test } from 'vitest';

import { multipleOf, niceStep } from './nice-step.ts';

test('a step is the next of 1, 2 and 5 times a power of ten', () => {
  expect([0.03, 0.7, 1, 1.1, 2, 2.1, 5.5, 33, 101].map(niceStep)).toEqual([
    0.05, 1, 1, 2, 2, 5, 10, 50, 200,
  ]);
});

test('a step that a division made a hair too large stays what it is', () => {
  expect(niceStep(0.1 + 0.2 - 0.1)).toBe(0.2);
});

test('multiples of a fraction carry no binary dust', () => {
  expect(multipleOf(0.1, 3)).toBe(0.3);
});
