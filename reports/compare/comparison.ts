import { compareCounts, type CountComparison } from './compare-counts.ts';
import { compareTimes, type TimeComparison } from './compare-times.ts';
import { differencesOf } from '../fingerprint.ts';
import type { Noise } from './noise.ts';
import { plural } from '../quantity.ts';
import type { Report } from '../report.ts';

/**
 * Whether head is worse than base. `regression`: certainly, by more than the margin. `none`: certainly
 * not. `inconclusive`: too few runs for the noise of this machine. `invalid`: one side has no valid run.
 */
export type ComparisonAnswer = 'regression' | 'none' | 'inconclusive' | 'invalid';

/** `comparison.json`: two sides of one scenario, and whether head is worse than base. */
export interface Comparison {
  version: 1;
  scenario: string;
  answer: ComparisonAnswer;
  paired: boolean;
  /** Runs whose times were compared: the valid ones. */
  runs: { base: number; head: number };
  /** The other runs, with the reason. Only their counts are compared. */
  leftOut: readonly string[];
  /** Why no times were compared; empty if they were. */
  refusal: string;
  times: TimeComparison[];
  counts: CountComparison[];
}

export interface CompareOptions {
  /** Whether run n of base and run n of head are a pair. */
  paired: boolean;
  /** The smallest change of a time that matters, as a share of the base. */
  margin: number;
  noise: Noise | null;
}

/** The default margin: as little as ten milliseconds of the specified first chunk (E3). */
export const defaultMargin = 0.02;

/**
 * Compares two sides of one or more runs each, all of the same scenario.
 *
 * Pure: the same reports give the same comparison.
 */
export function compareRuns(
  base: readonly Report[],
  head: readonly Report[],
  { paired, margin, noise }: CompareOptions,
): Comparison {
  const valid = paired
    ? validPairs(base, head)
    : { base: base.filter(isValid), head: head.filter(isValid) };
  const counts = compareCounts({ base, head }, valid);
  const comparison = {
    version: 1,
    scenario: (base[0] ?? head[0])?.scenario.name ?? '',
    paired,
    runs: { base: valid.base.length, head: valid.head.length },
    leftOut: [...invalidOf('base', base), ...invalidOf('head', head)],
    counts,
  } as const;
  if (valid.base.length === 0 || valid.head.length === 0) {
    const worse = counts.some(({ answer }) => answer === 'regression');
    return { ...comparison, answer: worse ? 'regression' : 'invalid', refusal: '', times: [] };
  }
  const differences = differencesOf(
    [...valid.base, ...valid.head].map(({ fingerprint }) => fingerprint),
    'machine',
  );
  const refusal = differences.length === 0 ? '' : `the machines differ (${differences.join('; ')})`;
  const times = compareTimes(valid.base, valid.head, { paired, margin, noise, refusal });
  return { ...comparison, answer: fold(times, counts, refusal), refusal, times };
}

function isValid({ judgement }: Report): boolean {
  return judgement.verdict !== 'invalid';
}

/** A run whose partner is left out is left out too. */
function validPairs(base: readonly Report[], head: readonly Report[]) {
  const pairs = base.flatMap((ofBase, pair) => {
    const ofHead = head[pair];
    return ofHead !== undefined && isValid(ofBase) && isValid(ofHead) ? [{ ofBase, ofHead }] : [];
  });
  return { base: pairs.map(({ ofBase }) => ofBase), head: pairs.map(({ ofHead }) => ofHead) };
}

function invalidOf(side: string, runs: readonly Report[]): string[] {
  const invalid = runs.filter((run) => !isValid(run));
  const reasons = new Set(invalid.flatMap(({ judgement }) => judgement.invalidReasons));
  return invalid.length === 0
    ? []
    : [`${invalid.length} of ${plural(runs.length, 'run')} of ${side}: ${[...reasons].join('; ')}`];
}

function fold(
  times: readonly TimeComparison[],
  counts: readonly CountComparison[],
  refusal: string,
): ComparisonAnswer {
  const answers = new Set([...times, ...counts].map(({ answer }) => answer));
  if (answers.has('regression')) return 'regression';
  return refusal !== '' || answers.has('inconclusive') ? 'inconclusive' : 'none';
}
