import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { packageFolder } from '../../console/package-folder.ts';
import { clauses } from '../clauses/index.ts';
import { exampleCheck } from '../testing/example-check.ts';
import { answerWords, describePlace, pageOf, summarise } from './describe.ts';

test.each(clauses)(
  'the page of $id is in the package, and says what usually breaks it',
  (clause) => {
    const page = readFileSync(join(packageFolder(), pageOf(clause)), 'utf8');
    expect(page).toContain(`## ${clause.id}: ${clause.title}\n`);
    const causes = page.split('\n## What usually breaks it\n')[1] ?? '';
    expect(causes).toMatch(/\*\*(?:Go|Python|Java|Node)\*\*/);
  },
);

test('a summary counts only the clauses that were checked', () => {
  expect(summarise(exampleCheck({ only: ['A1', 'E3'] }))).toBe('1 of 1 clause ok');
  expect(summarise(exampleCheck({ only: ['A1', 'B1', 'B3'], known: [] }))).toBe(
    '1 of 3 clauses ok, 2 broken',
  );
});

test('a place is a byte, a time, both or none', () => {
  expect(exampleCheck().clauses.map((clause) => describePlace(clause))).toEqual([
    '',
    '',
    'byte 310, 1203 ms after the request',
    '108 ms after the request',
    '',
    '',
  ]);
});

test('a known failure is marked only where it fails', () => {
  const { clauses: all } = exampleCheck({ known: ['A1', 'B1', 'C4', 'E3'] });
  expect(all.map((clause) => answerWords(clause))).toEqual([
    'ok',
    'broken (known)',
    'broken',
    'differs',
    'not testable (known)',
    'skipped',
  ]);
});
