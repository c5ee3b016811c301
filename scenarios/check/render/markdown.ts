import { codeSpan, escapeMarkdown } from '../../../reports/render/escape-markdown.ts';
import type { CheckedClause, CheckReport } from '../check-report.ts';
import { answerWords, describePlace, isNotOk, pageOf, summarise, trustNote } from './describe.ts';

/** Renders `check.md`, for a pull request. */
export function renderCheckMarkdown(report: CheckReport): string {
  const rows = report.clauses.map(
    (clause) => `| ${clause.id} | ${answerWords(clause)} | ${escapeMarkdown(clause.title)} |`,
  );
  return [
    `# ${summarise(report)}`,
    '',
    `Checked: ${codeSpan(report.subject)}${trustNote(report)}`,
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
    `## ${id} ${answerWords(clause)}: ${escapeMarkdown(title)}`,
    '',
    `> ${withCode(says)}`,
    '',
    ...(expected === null ? [] : [`- expected: ${escapeMarkdown(expected)}`]),
    `- ${answer === 'not testable' ? 'because' : 'seen'}: ${escapeMarkdown(seen)}`,
    ...(place === '' ? [] : [`- at ${place}`]),
    ...(excerpt === null ? [] : [`- bytes: ${codeSpan(JSON.stringify(excerpt))}`]),
    `- again: ${codeSpan(again)}`,
    `- more: ${codeSpan(pageOf(clause))} of the package`,
    '',
  ];
}

/** Returns a text of ours with its code as code. */
function withCode(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? codeSpan(part) : part))
    .join('');
}
