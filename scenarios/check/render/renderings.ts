import { renderBadge } from '../../../reports/render/badge.ts';
import { countAnswers, type CheckReport } from '../check-report.ts';
import { renderCheckHtml } from './html.ts';
import { renderCheckJunit } from './junit.ts';
import { renderCheckMarkdown } from './markdown.ts';

/** Every file of a check, by name. */
export const checkFiles: Readonly<Record<string, (report: CheckReport) => string>> = {
  'check.json': (report) => `${JSON.stringify(report, null, 2)}\n`,
  'check.html': renderCheckHtml,
  'check.md': renderCheckMarkdown,
  'junit.xml': renderCheckJunit,
  'badge.svg': badgeOf,
};

function badgeOf(report: CheckReport): string {
  const { ok, broken, skipped } = countAnswers(report);
  const total = report.clauses.length - skipped;
  return renderBadge({
    label: 'streaming spec',
    message: `${ok} of ${total}`,
    state: broken > 0 ? 'bad' : ok === total ? 'good' : 'fair',
  });
}
