import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import {
  comparisonExitCodes,
  exitCodeOfSignal,
  exitCodeOfVerdicts,
  exitCodesHelp,
  verdictExitCodes,
} from './exit-codes.ts';

test('every verdict has its exit code', () => {
  expect(verdictExitCodes).toEqual({ pass: 0, warn: 0, fail: 1, invalid: 3 });
});

test.each([
  [[], 0],
  [['pass', 'warn'], 0],
  [['pass', 'invalid'], 3],
  [['invalid', 'fail', 'pass'], 1],
] as const)('the exit code of %j is %i', (verdicts, code) => {
  expect(exitCodeOfVerdicts(verdicts)).toBe(code);
});

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('the exit code of a process ended by %s is %i', (signal, code) => {
  expect(exitCodeOfSignal(signal)).toBe(code);
});

test('docs/regression.md lists the exit code of every answer', () => {
  const text = readFileSync(new URL('../../docs/regression.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\|.*\| +(\d) +\|$/gm)];
  const documented = Object.fromEntries(rows.map(([, answer, code]) => [answer, Number(code)]));
  expect(documented).toEqual(comparisonExitCodes);
});

test('the help lists exit codes in the order of their meanings', () => {
  expect(exitCodesHelp({ success: 'well', invalid: 'too late', interrupted: 'by Ctrl+C' })).toBe(
    'Exit codes: 0 well; 3 too late; 130 by Ctrl+C.',
  );
});
