import { expect, test } from 'vitest';

import { exitCodeOf } from './exit-code.ts';

test.each([
  [[], 0],
  [['pass', 'warn'], 0],
  [['pass', 'invalid'], 3],
  [['invalid', 'fail', 'pass'], 1],
] as const)('the exit code of %j is %i', (verdicts, code) => {
  expect(exitCodeOf(verdicts)).toBe(code);
});
