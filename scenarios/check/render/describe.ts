import { plural } from '../../../reports/quantity.ts';
import { countAnswers, type CheckedClause, type CheckReport } from '../check-report.ts';

/** Such as `27 of 29 clauses ok, 1 broken, 1 known`. */
export function summarise(report: CheckReport): string {
  const { ok, skipped, ...others } = countAnswers(report);
  const checked = report.clauses.length - skipped;
  const parts = Object.entries(others).flatMap(([answer, count]) =>
    count > 0 ? [`${count} ${answer}`] : [],
  );
  return [`${ok} of ${plural(checked, 'clause')} ok`, ...parts].join(', ');
}

/** What follows the address of a gateway whose certificate was not checked. */
export function trustNote({ insecure }: Pick<CheckReport, 'insecure'>): string {
  return insecure ? ', certificate not checked' : '';
}

/** Whether a clause needs words: it is not kept, and was not skipped. */
export function isNotOk({ answer }: CheckedClause): boolean {
  return answer !== 'ok' && answer !== 'skipped';
}

/** Such as `broken`, or `broken (known)`. */
export function answerWords({ answer, known }: CheckedClause): string {
  return known && answer !== 'ok' && answer !== 'skipped' ? `${answer} (known)` : answer;
}

/** Such as `byte 310, 1203 ms after the request`; empty without a place. */
export function describePlace({ at }: CheckedClause): string {
  const { byte, ms } = at ?? {};
  const parts = [
    byte === undefined ? '' : `byte ${byte}`,
    ms === undefined ? '' : `${ms} ms after the request`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** The page about a clause and its Reading, in the documentation. */
export function pageOf({ id }: Pick<CheckedClause, 'id'>): string {
  // The clauses of gateways for LLM clients have one page.
  const page = /^L\d/.test(id) ? 'llm' : id.replace('-reading', '');
  return `docs/clauses/${page}.md`;
}
