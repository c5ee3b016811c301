import type { CountComparison } from '../compare/compare-counts.ts';
import type { TimeAnswer, TimeComparison } from '../compare/compare-times.ts';
import type { Comparison } from '../compare/comparison.ts';
import { formatCount, formatMs, formatRate, formatRatio, nothing, plural } from '../quantity.ts';

/** The answer in one sentence, the same in every rendering. */
export function comparisonHeadline({ answer, times, counts, refusal }: Comparison): string {
  switch (answer) {
    case 'regression': {
      const names = [...counts, ...times]
        .filter((each) => each.answer === 'regression')
        .map(({ label }) => label);
      return `Head is worse than base: ${names.join('; ')}.`;
    }
    case 'none':
      return 'Head is not worse than base by more than the margin.';
    case 'invalid':
      return 'No count is worse, but a side has no run whose measuring side was in time.';
    case 'inconclusive': {
      if (refusal !== '') return 'No count is worse; times were not compared.';
      const open = times.filter((time) => time.answer === 'inconclusive').length;
      return `No count is worse, and no time is certainly worse; ${open === 1 ? 'one time is' : `${open} times are`} inconclusive.`;
    }
  }
}

/** The basis of the answer: `10 pairs of runs`, `1 run against 5 runs`. */
export function comparisonBasis({ paired, runs }: Comparison): string {
  return paired
    ? `${plural(runs.base, 'pair')} of runs`
    : `${plural(runs.base, 'run')} against ${plural(runs.head, 'run')}`;
}

/**
 * Further notes, a sentence each: runs left out, times not compared, how to get an answer.
 * Plain text, to be escaped: it contains names of machines.
 */
export function comparisonNotes({ leftOut, refusal, times }: Comparison): string[] {
  const open = times.filter(({ answer }) => answer === 'inconclusive');
  const tooFew = open.find(({ interval }) => interval === null);
  return [
    ...leftOut.map((which) => `Times left out: ${which}.`),
    ...(times.some(({ name, runs }) => name === 'firstChunkP50' && runs === null)
      ? ['A run has no stream with text: first chunks are not compared.']
      : []),
    ...(refusal === '' ? [] : [`Times are not compared: ${refusal}.`]),
    ...(tooFew === undefined ? [] : [`Times are inconclusive: ${tooFew.reason}.`]),
    ...(open.some(({ interval }) => interval !== null)
      ? ['More runs, longer windows or a quieter machine make an interval narrower.']
      : []),
  ];
}

/** The times that both sides have. */
export function timesOfBoth({ times }: Comparison): TimeComparison[] {
  return times.filter(({ runs }) => runs !== null);
}

/** The cells of a time: base, head, change, interval, answer. */
export function describeTime(time: TimeComparison): [string, string, string, string, string] {
  const { base, head, change, interval } = time;
  const format = (value: number | null) => describeMagnitude(time, value);
  const signed = (value: number) => `${value < 0 ? '-' : '+'}${format(Math.abs(value))}`;
  const share =
    change === null || !base
      ? ''
      : ` (${change < 0 ? '-' : '+'}${formatRatio(Math.abs(change / base))})`;
  return [
    format(base),
    format(head),
    change === null ? nothing : `${signed(change)}${share}`,
    interval === null ? nothing : `${signed(interval.low)} to ${signed(interval.high)}`,
    answerWords[time.answer],
  ];
}

/** A figure in the unit of its time. */
export function describeMagnitude(
  { unit }: Pick<TimeComparison, 'unit'>,
  value: number | null,
): string {
  if (value === null) return nothing;
  return unit === 'ms' ? formatMs(value) : `${formatRate(value)}/s`;
}

const answerWords: Record<TimeAnswer, string> = {
  regression: 'regression',
  none: 'none',
  inconclusive: 'inconclusive',
  improvement: 'improvement',
  'not-judged': 'not judged',
};

/** The cells of a count: base, head, answer. */
export function describeCount({ base, head, answer }: CountComparison): [string, string, string] {
  return [describeShare(base), describeShare(head), answer];
}

function describeShare({ count, of }: CountComparison['base']): string {
  return `${formatCount(count)} of ${formatCount(of)}`;
}
