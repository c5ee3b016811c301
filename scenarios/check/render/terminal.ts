import { toVisible } from '../../../reports/markup.ts';
import { keptThoughKnown, type CheckedClause, type CheckReport } from '../check-report.ts';
import { describePlace, isNotOk, pageOf, summarise } from './describe.ts';

const idWidth = 12;
const answerWidth = 14;

/** Renders a check for a terminal: a line a clause, and beneath it what is wrong. */
export function renderCheck(report: CheckReport): string {
  const lines = report.clauses
    .filter(({ answer }) => answer !== 'skipped')
    .flatMap((clause) => [
      `${clause.id.padEnd(idWidth)}${answerWords(clause).padEnd(answerWidth)}${clause.title}`,
      ...(isNotOk(clause) ? wrongLines(clause) : []),
    ]);
  const unneeded = keptThoughKnown(report).map(({ id }) => id);
  return [
    ...lines,
    '',
    summarise(report),
    ...(unneeded.length === 0 ? [] : [`--known: ok by now: ${unneeded.join(', ')}`]),
    '',
  ].join('\n');
}

function answerWords({ answer, known }: CheckedClause): string {
  return known && answer !== 'ok' ? `${answer} (known)` : answer;
}

function wrongLines(clause: CheckedClause): string[] {
  const { expected, seen, excerpt, again, answer } = clause;
  const place = describePlace(clause);
  const rows: [string, string][] = [
    ['expected', expected ?? ''],
    [answer === 'not testable' ? 'because' : 'seen', seen],
    ['at', place],
    ['bytes', excerpt === null ? '' : JSON.stringify(excerpt)],
    ['again', again],
    ['more', pageOf(clause)],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${' '.repeat(idWidth)}${name.padEnd(10)}${toVisible(text)}`);
}
