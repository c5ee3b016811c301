import { expect, test } from 'vitest';

import { exampleCheck } from '../testing/example-check.ts';
import { checkFiles } from './renderings.ts';

test('a check has five files', () => {
  expect(Object.keys(checkFiles)).toEqual([
    'check.json',
    'check.html',
    'check.md',
    'junit.xml',
    'badge.svg',
  ]);
  const report = exampleCheck();
  expect(JSON.parse(checkFiles['check.json']?.(report) ?? '')).toEqual(report);
});

test.each([
  ['red where a clause is broken', exampleCheck(), '1 of 5', '#c62828'],
  ['amber where one differs', exampleCheck({ only: ['A1', 'C2-reading'] }), '1 of 2', '#9a6700'],
  ['amber where one is known to fail', exampleCheck({ only: ['A1', 'B1'] }), '1 of 2', '#9a6700'],
  ['green where all are ok', exampleCheck({ only: ['A1', 'E3'] }), '1 of 1', '#2e7d32'],
])('the badge is %s', (_, report, message, colour) => {
  const badge = checkFiles['badge.svg']?.(report) ?? '';
  expect(badge).toContain(`<title>streaming spec: ${message}</title>`);
  expect(badge).toContain(`fill="${colour}"`);
});
