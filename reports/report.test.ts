import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { reportJsonSchema } from './report.ts';

test('report.schema.json is current (npx tsx scripts/generate/write-report-schema.ts writes it anew)', () => {
  const stored: unknown = JSON.parse(
    readFileSync(new URL('./report.schema.json', import.meta.url), 'utf8'),
  );
  expect(reportJsonSchema()).toEqual(stored);
});
