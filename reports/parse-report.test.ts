import { expect, test } from 'vitest';

import { ContractError } from '../proto/contract-error.ts';
import { parseReport } from './parse-report.ts';
import { reportVersion } from './report.ts';
import { exampleReport } from './testing/example-report.ts';

function problemOf(text: string): string {
  try {
    parseReport(text, 'old.json');
  } catch (error) {
    if (error instanceof ContractError) return error.message;
    throw error;
  }
  return 'none';
}

test('a stored report is read as it was written', () => {
  const report = exampleReport();
  expect(parseReport(JSON.stringify(report), 'report.json')).toEqual(report);
});

test('what is not JSON, or no report, is named so', () => {
  expect(problemOf('verdict: pass')).toBe('old.json: no report: it is not JSON');
  expect(problemOf('[]')).toBe('old.json: no report: it has no "version"');
  expect(problemOf('{}')).toBe('old.json: no report: it has no "version"');
});

test('another version is named instead of its every difference, and whose it is', () => {
  const reads = `but this rehearsal reads version ${reportVersion}`;
  expect(problemOf('{"version": 1}')).toBe(`old.json: report version 1, ${reads}`);
  expect(problemOf('{"version": "\\u001b[31m", "tool": 5}')).toBe(
    `old.json: report version "\\u001b[31m", ${reads}`,
  );
  const later = { version: 99, tool: { name: 'rehearsal', version: '7.0.0\u001B[31m' } };
  expect(problemOf(JSON.stringify(later))).toBe(
    `old.json: report version 99, ${reads}; it was written by rehearsal 7.0.0�[31m, which reads it`,
  );
});

test('all problems of a damaged report are listed with their places', () => {
  const damaged = { ...exampleReport(), seed: 'many', color: 'red' };
  const problem = problemOf(JSON.stringify(damaged));
  expect(problem).toContain('old.json: no valid report\n');
  expect(problem).toContain('must be a number\n  → at seed');
  expect(problem).toContain('unknown key "color"');
});
