import { bootstrapInterval, type Interval } from '../statistics/bootstrap.ts';
import { comparedTimes, type ComparedTime } from './compared-times.ts';
import { medianOf } from '../statistics/median.ts';
import { boundOfOneRun, type Noise } from './noise.ts';
import type { Report } from '../report.ts';

/** The answers for a judged figure; `improvement` is informative and fails nothing. */
export type TimeAnswer = 'regression' | 'none' | 'inconclusive' | 'improvement' | 'not-judged';

/** A figure of both sides and the result of its comparison, in milliseconds, or per second for `perSec`. */
export interface TimeComparison extends Pick<ComparedTime, 'name' | 'label' | 'unit' | 'better'> {
  /** The figure of each run; null if the run has none. */
  runs: { base: number[]; head: number[] } | null;
  /** Medians over runs. */
  base: number | null;
  head: number | null;
  /** Head minus base; for pairs, the median of their differences. */
  change: number | null;
  /** The confidence interval of the change; null with too few runs. */
  interval: Interval | null;
  /** The smallest change that matters. */
  margin: number | null;
  answer: TimeAnswer;
  /** Why it is not judged, or what would make it conclusive; empty otherwise. */
  reason: string;
}

export interface TimeOptions {
  /** Whether run n of base and run n of head are a pair. */
  paired: boolean;
  /** The smallest change that matters, as a share of the base. */
  margin: number;
  /** The measured noise of this machine and scenario. */
  noise: Noise | null;
  /** Why times of these runs cannot be compared; empty if they can. */
  refusal: string;
}

/** Smaller changes never matter: timers are no more precise. */
export const leastMarginMs = 2;

/**
 * The nominal chance of a false regression in any judged figure. The bootstrap of ten values is narrower
 * than nominal: in simulation, noise far above the margin in seven independent figures gives a false
 * regression in 4 of 100.
 */
const errorOfAll = 0.02;

/**
 * Fewer give no reliable interval: eight pairs on the same side are chance once in 256, five runs all
 * above five others once in 252.
 */
export const fewestPairs = 8;
const fewestRuns = 5;

/**
 * Compares the times of runs, one value per run: streams of the same run are not independent.
 *
 * The interval is a bootstrap over runs, of the median of the differences of pairs, or of the difference
 * of the medians. Its level has the Bonferroni correction, so the chance of a false answer is that of all
 * figures together.
 */
export function compareTimes(
  base: readonly Report[],
  head: readonly Report[],
  options: TimeOptions,
): TimeComparison[] {
  const measured = comparedTimes.map((time) => ({ time, runs: runsOf(time, base, head) }));
  const judged = measured.filter(({ time, runs }) => time.judged && runs !== null);
  const level = 1 - errorOfAll / Math.max(1, judged.length);
  return measured.map(({ time, runs }) => compareTime(time, runs, level, options));
}

function runsOf(
  { of }: ComparedTime,
  base: readonly Report[],
  head: readonly Report[],
): TimeComparison['runs'] {
  const [ofBase, ofHead] = [base, head].map((runs) => runs.map(of).filter(isNumber));
  if (ofBase === undefined || ofHead === undefined) return null;
  if (ofBase.length < base.length || ofHead.length < head.length) return null;
  return { base: ofBase, head: ofHead };
}

function isNumber(value: number | null): value is number {
  return value !== null;
}

function compareTime(
  time: ComparedTime,
  runs: TimeComparison['runs'],
  level: number,
  options: TimeOptions,
): TimeComparison {
  const { name, label, unit, better } = time;
  const compared = { name, label, unit, better, runs };
  const unjudged = { ...compared, interval: null, answer: 'not-judged' } as const;
  if (runs === null) {
    const reason = 'not every run has it';
    return { ...unjudged, base: null, head: null, change: null, margin: null, reason };
  }
  const base = medianOf(runs.base);
  const head = medianOf(runs.head);
  const change = options.paired ? medianOf(differencesOf(runs)) : head - base;
  const margin = Math.max(options.margin * base, unit === 'ms' ? leastMarginMs : 0);
  const figures = { base, head, change, margin };
  if (options.refusal !== '') return { ...unjudged, ...figures, reason: options.refusal };
  if (!time.judged) return { ...unjudged, ...figures, reason: 'advisory: it varies too much' };

  const interval = intervalOf(name, runs, change, level, options);
  if (interval === null) {
    const answer = 'inconclusive';
    return { ...compared, ...figures, interval, answer, reason: tooFew(options.paired) };
  }
  const answer = answerOf(better === 'lower' ? interval : turned(interval), margin);
  const reason = answer === 'inconclusive' ? 'the interval reaches across the margin' : '';
  return { ...compared, ...figures, interval, answer, reason };
}

function intervalOf(
  name: string,
  runs: NonNullable<TimeComparison['runs']>,
  change: number,
  level: number,
  { paired, noise }: TimeOptions,
): Interval | null {
  const fewest = Math.min(runs.base.length, runs.head.length);
  if (paired && fewest >= fewestPairs) {
    const differences = differencesOf(runs);
    return bootstrapInterval((resample) => medianOf(resample(differences)), level);
  }
  if (!paired && fewest >= fewestRuns) {
    return bootstrapInterval(
      (resample) => medianOf(resample(runs.head)) - medianOf(resample(runs.base)),
      level,
    );
  }
  const bound = noise === null ? null : boundOfOneRun(noise, name);
  return bound === null ? null : { low: change - bound, high: change + bound };
}

function tooFew(paired: boolean): string {
  return paired
    ? `fewer than ${fewestPairs} pairs are too few for a confidence interval`
    : `fewer than ${fewestRuns} runs a side are too few for a confidence interval, and nothing is recorded of how much equal sides differ here (\`rehearsal ab --aa\`)`;
}

/** The difference of each pair: head minus base. */
export function differencesOf({ base, head }: NonNullable<TimeComparison['runs']>): number[] {
  return base.map((value, pair) => (head[pair] ?? value) - value);
}

function turned({ low, high }: Interval): Interval {
  return { low: -high, high: -low };
}

/** The answer for a change where more is worse. */
function answerOf({ low, high }: Interval, margin: number): TimeAnswer {
  if (low > margin) return 'regression';
  if (high < -margin) return 'improvement';
  return low >= -margin && high <= margin ? 'none' : 'inconclusive';
}
