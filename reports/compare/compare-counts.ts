import type { Report } from '../report.ts';
import { outcomes, type Outcome } from '../sample.ts';
import { isMoreThanChance, type Share } from '../statistics/fisher.ts';

/** A kind of failure, counted on both sides. */
export interface CountComparison {
  name: string;
  label: string;
  /** Sums over all runs of a side. */
  base: Share;
  head: Share;
  answer: 'regression' | 'none' | 'improvement';
}

/** The runs of two sides. */
export interface Sides {
  base: readonly Report[];
  head: readonly Report[];
}

/**
 * Compares the failures of both sides over all runs: outcomes other than completed and breaks that were resumed
 * or, where every stream has a plan, deviations from it.
 *
 * A single failure of a kind that the base does not have is a regression. For kinds that both have,
 * Fisher's exact test decides whether chance explains the difference, since two windows hold different
 * streams, and different numbers of them.
 *
 * @param all all runs of both sides, for failures that do not depend on the load client's lateness
 * @param valid the runs whose load client was in time, for failures that lateness could cause
 * @returns kinds that occurred at least once on either side
 */
export function compareCounts(all: Sides, valid: Sides): CountComparison[] {
  const foretold = [...all.base, ...all.head].every(({ expectations }) => expectations?.open === 0);
  const compared = foretold ? [...byPlan, ...always] : [...byOutcome, resumed, ...always];
  return compared
    .map(({ of, byTime, ...named }) => {
      const runs = byTime ? valid : all;
      const shares = { base: sum(runs.base.map(of)), head: sum(runs.head.map(of)) };
      return { ...named, ...shares, answer: answerOf(shares.base, shares.head) };
    })
    .filter((counts) => counts.base.count + counts.head.count > 0);
}

interface Question {
  name: string;
  label: string;
  /** Whether the lateness of the load client could cause it. */
  byTime: boolean;
  of(report: Report): Share;
}

/** Outcomes that the load client causes itself. */
const ownDoing = new Set<Outcome>(['completed', 'left', 'censored']);

const byOutcome = outcomes
  .filter((outcome) => !ownDoing.has(outcome))
  .map((outcome): Question => ({
    name: outcome,
    label: outcome,
    byTime: outcome === 'stalled' || outcome === 'timed-out',
    of: ({ metrics }) => ({
      count: metrics.outcomes[outcome],
      of: metrics.streams.judged - metrics.outcomes.left,
    }),
  }));

/** A stream that had to be resumed failed, whatever its outcome. */
const resumed: Question = {
  name: 'resumed',
  label: 'resumed after a break',
  byTime: false,
  of: ({ metrics }) => ({
    count: metrics.reconnects?.streams ?? 0,
    of: metrics.streams.judged - metrics.outcomes.left,
  }),
};

const byPlan: readonly Question[] = [
  {
    name: 'otherwise',
    label: 'otherwise than planned',
    byTime: true,
    of: ({ expectations }) => ({
      count: expectations?.otherwise ?? 0,
      of: (expectations?.otherwise ?? 0) + (expectations?.asForetold ?? 0),
    }),
  },
];

const always: readonly Question[] = [
  {
    name: 'textMismatches',
    label: 'completed with other text than planned',
    byTime: false,
    of: ({ metrics }) => ({
      count: metrics.textMismatches ?? 0,
      of: metrics.outcomes.completed,
    }),
  },
  {
    name: 'cancelsMissed',
    label: 'given up, and worked on by the agent',
    byTime: true,
    of: ({ expectations }) => {
      const { expected, seen } = expectations?.cancels ?? { expected: 0, seen: 0 };
      return { count: Math.max(0, expected - seen), of: expected };
    },
  },
];

function sum(shares: readonly Share[]): Share {
  return shares.reduce((all, { count, of }) => ({ count: all.count + count, of: all.of + of }), {
    count: 0,
    of: 0,
  });
}

function answerOf(base: Share, head: Share): CountComparison['answer'] {
  if (isMoreThanChance(base, head)) return 'regression';
  if (base.count === 0 && head.count > 0) return 'regression';
  return isMoreThanChance(head, base) ? 'improvement' : 'none';
}
