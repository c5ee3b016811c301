import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';

import { checkJsonSchema, countAnswers, keptThoughKnown } from './check-report.ts';
import { exampleCheck } from './testing/example-check.ts';

const schema: unknown = JSON.parse(
  readFileSync(new URL('./check.schema.json', import.meta.url), 'utf8'),
);

test('check.schema.json is current (npm run generate writes it anew)', () => {
  expect(schema).toEqual(checkJsonSchema());
});

test('a check.json follows check.schema.json, and one that lacks a field does not', () => {
  const validate = new Ajv2020().compile(checkJsonSchema());
  const report: unknown = JSON.parse(JSON.stringify(exampleCheck()));
  validate(report);
  expect(validate.errors).toBeNull();
  expect(validate({ ...exampleCheck(), clauses: [{ id: 'B3' }] })).toBe(false);
  expect(validate({ ...exampleCheck(), more: 1 })).toBe(false);
});

test('a departure from a requirement is broken, and one from a Reading differs', () => {
  const { clauses } = exampleCheck();
  expect(clauses.map(({ id, kind, answer }) => [id, kind, answer])).toEqual([
    ['A1', 'requirement', 'ok'],
    ['B1', 'requirement', 'broken'],
    ['B3', 'requirement', 'broken'],
    ['C2-reading', 'reading', 'differs'],
    ['C4', 'requirement', 'not testable'],
    ['E3', 'requirement', 'skipped'],
  ]);
});

test('a known failure counts as known alone, unless its clause is kept or skipped', () => {
  const rest = { ok: 1, skipped: 1 };
  expect(countAnswers(exampleCheck({ known: [] }))).toEqual({
    ...rest,
    broken: 2,
    differs: 1,
    'not testable': 1,
    known: 0,
  });
  expect(countAnswers(exampleCheck({ known: ['A1', 'B1', 'C2-reading', 'C4', 'E3'] }))).toEqual({
    ...rest,
    broken: 1,
    differs: 0,
    'not testable': 0,
    known: 3,
  });
});

test('a clause that is listed as known and kept is reported', () => {
  expect(keptThoughKnown(exampleCheck({ known: ['A1', 'B1', 'E3'] })).map(({ id }) => id)).toEqual([
    'A1',
  ]);
});
