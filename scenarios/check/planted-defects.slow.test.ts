import { expect, test } from 'vitest';

import { extendedBy } from './clause.ts';
import { clauses } from './clauses/index.ts';
import { checkPlanted } from './testing/check-planted.ts';

/** With CHECK_DEFECTS=all each gateway is checked by every clause (`make test-defects`). */
const isWhole = process.env['CHECK_DEFECTS'] === 'all';

/** Nothing runs beside those that are judged by times. */
const isTimed = (id: string): boolean => /^[DE]|^B4/.test(id);

const ids = [...clauses.map(({ id }) => id), 'C2-reading field', 'C3 field'];

test('a gateway without a defect keeps every clause', { timeout: 120_000 }, async () => {
  expect(await checkPlanted(undefined, () => true)).toEqual({ departed: [], notTestable: [] });
});

async function isCaughtAlone(defect: string): Promise<void> {
  const [id = ''] = defect.split(' ');
  const base = extendedBy({ id });
  const beside = new Set([id, base, 'A2', 'B2', 'B3', 'E1', 'E2']);
  const { departed } = await checkPlanted(defect, (each) => isWhole || beside.has(each));
  expect(departed).toEqual([id]);
}

test.each(ids.filter((id) => isWhole || isTimed(id)))(
  '%s: its planted defect is caught by this clause, and by no other',
  { timeout: 120_000 },
  isCaughtAlone,
);

test.concurrent.each(ids.filter((id) => !isWhole && !isTimed(id)))(
  '%s: its planted defect is caught by this clause, and by no other, beside other checks',
  { timeout: 120_000 },
  isCaughtAlone,
);
