import { expect, test } from 'vitest';

import { extendedBy } from './clause.ts';
import { clauses } from './clauses/index.ts';
import { checkPlanted } from './testing/check-planted.ts';

/** With CHECK_DEFECTS=all each gateway is checked by every clause (`make test-defects`). */
const isWhole = process.env['CHECK_DEFECTS'] === 'all';

const ids = clauses.map(({ id }) => id);

test('a gateway without a defect keeps every clause', { timeout: 120_000 }, async () => {
  expect(await checkPlanted(undefined, () => true)).toEqual({ departed: [], notTestable: [] });
});

test.each(ids)(
  '%s: its planted defect is caught by this clause, and by no other',
  { timeout: 120_000 },
  async (id) => {
    const base = extendedBy({ id });
    const beside = new Set([id, base, 'A2', 'B2', 'B3', 'E1', 'E2']);
    const { departed } = await checkPlanted(id, (each) => isWhole || beside.has(each));
    expect(departed).toEqual([id]);
  },
);
