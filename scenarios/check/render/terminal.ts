import { toVisible } from '../../../reports/markup.ts';
import { keptThoughKnown, type CheckedClause, type CheckReport } from '../check-report.ts';
import { answerWords, describePlace, isNotOk, pageOf, summarise } from './describe.ts';

/** The least widths of the columns, with the space between them. */
const leastIdWidth = 12;
const leastAnswerWidth = 14;

/**
 * Renders a check for a terminal: a line a clause, and beneath it what is wrong.
 * @param folder of the package, whose documentation has a page for each clause; ends in a slash, or is empty
 */
export function renderCheck(report: CheckReport, folder: string): string {
  const shown = report.clauses.filter(({ answer }) => answer !== 'skipped');
  const idWidth = Math.max(leastIdWidth, ...shown.map(({ id }) => id.length + 2));
  const width = Math.max(leastAnswerWidth, ...shown.map((each) => answerWords(each).length + 2));
  const lines = shown.flatMap((clause) => [
    `${clause.id.padEnd(idWidth)}${answerWords(clause).padEnd(width)}${clause.title}`,
    ...(isNotOk(clause) ? wrongLines(clause, folder, idWidth) : []),
  ]);
  const notOk = report.clauses.filter(isNotOk).map(({ id }) => id);
  const unneeded = keptThoughKnown(report).map(({ id }) => id);
  return [
    ...lines,
    '',
    `${summarise(report)}${report.insecure ? '; the certificate of the gateway was not checked' : ''}`,
    ...(notOk.length === 0
      ? []
      : [`again     ${toVisible(report.command)} --only ${notOk.join(',')}`]),
    ...(unneeded.length === 0 ? [] : [`--known: ok by now: ${unneeded.join(', ')}`]),
    '',
  ].join('\n');
}

function wrongLines(clause: CheckedClause, folder: string, indent: number): string[] {
  const { expected, seen, excerpt, answer } = clause;
  const place = describePlace(clause);
  const rows: [string, string][] = [
    ['expected', expected ?? ''],
    [answer === 'not testable' ? 'because' : 'seen', seen],
    ['at', place],
    ['bytes', excerpt === null ? '' : JSON.stringify(excerpt)],
    ['more', folder + pageOf(clause)],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${' '.repeat(indent)}${name.padEnd(10)}${toVisible(text)}`);
}
