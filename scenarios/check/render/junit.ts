import { markup } from '../../../reports/markup.ts';
import { countAnswers, type CheckedClause, type CheckReport } from '../check-report.ts';
import { answerWords, describePlace } from './describe.ts';

/** Renders a check as JUnit XML: a test for each clause. Known failures, Readings and what is not testable are skipped. */
export function renderCheckJunit(report: CheckReport): string {
  const { ok, broken } = countAnswers(report);
  const total = report.clauses.length;
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rehearsal" tests="${total}" failures="${broken}" errors="0">
  <testsuite name="${report.subject}" tests="${total}" failures="${broken}" errors="0" skipped="${total - ok - broken}">
${report.clauses.map((clause) => testcase(clause))}  </testsuite>
</testsuites>
`.markup;
}

function testcase(clause: CheckedClause) {
  const { id, title, answer, known, expected, seen, excerpt } = clause;
  const message = [
    expected === null ? '' : `expected ${expected}`,
    expected === null ? seen : `seen ${seen}`,
  ]
    .filter(Boolean)
    .join('; ');
  const place = [describePlace(clause), excerpt ?? ''].filter(Boolean).join(': ');
  const content =
    answer === 'ok'
      ? null
      : answer === 'broken' && !known
        ? markup`      <failure type="rehearsal" message="${message}">${place}</failure>\n`
        : markup`      <skipped message="${[answerWords(clause), message].filter(Boolean).join(': ')}"/>\n`;
  return markup`    <testcase classname="rehearsal.check" name="${`${id} ${title}`}">
${content}    </testcase>
`;
}
