import { note, section, table, type Section } from './parts.ts';
import { percent } from './plot.ts';

import {
  describeContentTypes,
  describeExpectations,
  describeGoodput,
  describeRawShares,
  describeReconnects,
  describeStalls,
} from '../words.ts';
import type { Expectations } from '../../verdict/expectations.ts';
import { markup, type Markup } from '../../markup.ts';
import { formatCount, formatRatio, plural } from '../../quantity.ts';
import type { Report } from '../../report.ts';
import { outcomes, type Outcome } from '../../sample.ts';

const meanings: Record<Outcome, string> = {
  completed: 'ran to its end: one final message, nothing after it',
  failed: 'the server ended it with an error event',
  cut: 'the body ended without a final message',
  reset: 'the connection broke',
  stalled: 'no text for longer than the load waits, though the connection stood',
  'timed-out': 'still running at the limit for a whole stream',
  refused: 'no connection could be made',
  rejected: 'answered, but not with a stream',
  malformed: 'against the protocol',
  left: 'left by the load client in the middle, on purpose',
  censored: 'ended by the load client at the end of the run; not judged',
};

/** How every stream of the window ended. */
export function htmlOutcomes({ metrics, expectations, failures, contentTypes }: Report): Section {
  const { started, total } = metrics.streams;
  const present = outcomes.filter((outcome) => metrics.outcomes[outcome] > 0);
  if (present.length === 0) return section('Outcomes', note('No stream started in the window.'));
  return section(
    'Outcomes',
    note(
      `${plural(started, 'stream')} started in the window, of ${formatCount(total)} in all. Goodput: ${describeGoodput(metrics.goodput)}. Stalls: ${describeStalls(metrics.stalls)}.${metrics.reconnects === null ? '' : ` Resumed: ${describeReconnects(metrics.reconnects)}.`}`,
    ),
    bar(present, metrics.outcomes, started),
    table(
      ['', '>streams', '>share', 'what it means'],
      present.map((outcome) => [
        markup`<span class="key ${color(outcome)}"></span>${outcome}`,
        formatCount(metrics.outcomes[outcome]),
        formatRatio(metrics.outcomes[outcome] / started),
        meanings[outcome],
      ]),
    ),
    failures.length === 0 ? null : why(failures),
    contentTypes.length === 0
      ? null
      : note(`Content types other than text/event-stream: ${describeContentTypes(contentTypes)}.`),
    expectations === null ? null : byPlan(expectations, describeRawShares(metrics)),
  );
}

function byPlan(expectations: Expectations, rawShares: string): Markup {
  const rows = expectations.differences.map(({ foretold, seen, count }) => [
    markup`<code>${foretold}</code>`,
    markup`<code>${seen}</code>`,
    formatCount(count),
  ]);
  return markup`
<h3>As planned</h3>
${note(`${describeExpectations(expectations)}. Of all streams: ${rawShares}.`)}
${rows.length === 0 ? null : table(['planned', 'seen', '>streams'], rows)}`;
}

function bar(
  present: readonly Outcome[],
  counts: Record<Outcome, number>,
  started: number,
): Markup {
  const label = present.map((outcome) => `${outcome} ${counts[outcome]}`).join(', ');
  let from = 0;
  const parts = present.map((outcome) => {
    const share = counts[outcome] / started;
    const part = markup`
<rect class="${color(outcome)}" x="${percent(from)}" width="${percent(share)}" height="14">
<title>${outcome}: ${formatCount(counts[outcome])}</title></rect>`;
    from += share;
    return part;
  });
  return markup`
<svg class="outcomes" role="img" aria-label="${label}" width="100%" height="14">${parts}
</svg>`;
}

function color(outcome: Outcome): string {
  if (outcome === 'completed') return 'good';
  return outcome === 'left' || outcome === 'censored' ? 'neutral' : 'bad';
}

function why(failures: Report['failures']): Markup {
  const rows = failures.map(({ outcome, detail, count }) => [
    outcome,
    markup`<code>${detail}</code>`,
    formatCount(count),
  ]);
  return markup`
<h3>Why they failed</h3>
${table(['', 'why', '>streams'], rows)}`;
}
