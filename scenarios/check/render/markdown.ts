import { codeSpan, escapeMarkdown } from '../../../reports/render/escape-markdown.ts';
import type { CheckedClause, CheckReport } from '../check-report.ts';
import { describePlace, isNotOk, summarise } from './describe.ts';

/** Renders `check.md`, for a pull request. */
export function renderCheckMarkdown(report: CheckReport): string {
  const rows = report.clauses.map(
    ({ id, title, answer, known }) =>
      `| ${id} | ${known && answer !== 'ok' ? `${answer} (known)` : answer} | ${escapeMarkdown(title)} |`,
  );
  return [
    `# ${summarise(report)}`,
    '',
    `Checked: ${codeSpan(report.subject)}`,
    '',
    ...report.clauses.filter(isNotOk).flatMap(describe),
    '| clause | answer | |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function describe(clause: CheckedClause): string[] {
  const { id, title, says, answer, expected, seen, excerpt, again } = clause;
  const place = describePlace(clause);
  return [
    `## ${id} ${answer}: ${escapeMarkdown(title)}`,
    '',
    `> ${escapeMarkdown(says)}`,
    '',
    ...(expected === null ? [] : [`- expected: ${escapeMarkdown(expected)}`]),
    `- ${answer === 'not testable' ? 'because' : 'seen'}: ${escapeMarkdown(seen)}`,
    ...(place === '' ? [] : [`- at ${place}`]),
    ...(excerpt === null ? [] : [`- bytes: ${codeSpan(JSON.stringify(excerpt))}`]),
    `- again: ${codeSpan(again)}`,
    '',
  ];
}
