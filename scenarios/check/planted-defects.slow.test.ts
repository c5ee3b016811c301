import { expect, test } from 'vitest';

import { extendedBy } from './clause.ts';
import { clauses } from './clauses/index.ts';
import { checkPlanted } from './testing/check-planted.ts';

/**
 * With CHECK_DEFECTS=all every defect is planted, and each gateway is checked by every clause
 * (`make test-defects`). On a machine that runs other tests beside, times cannot be judged for sure.
 */
const isWhole = process.env['CHECK_DEFECTS'] === 'all';

const isTimed = (id: string): boolean => /^[DE]|^B4/.test(id);

const ids = [...clauses.map(({ id }) => id), 'C2-reading field', 'C3 field'];

test('a gateway without a defect keeps every clause', { timeout: 120_000 }, async () => {
  const { departed, notTestable } = await checkPlanted(undefined, () => true);
  expect(departed).toEqual([]);
  expect(isWhole ? notTestable : []).toEqual([]);
});

async function isCaughtAlone(defect: string): Promise<void> {
  const [id = ''] = defect.split(' ');
  const base = extendedBy({ id });
  const beside = new Set([id, base, 'A2', 'B2', 'B3', 'E1', 'E2']);
  const { departed } = await checkPlanted(defect, (each) => isWhole || beside.has(each));
  expect(departed).toEqual([id]);
}

test.skipIf(!isWhole).each(ids)(
  '%s: its planted defect is caught by this clause, and by no other',
  { timeout: 120_000 },
  isCaughtAlone,
);

test.skipIf(isWhole).concurrent.each(ids.filter((id) => !isTimed(id)))(
  '%s: its planted defect is caught by this clause, and by no other, beside other checks',
  { timeout: 120_000 },
  isCaughtAlone,
);
