import type { Report } from '../report.ts';
import { outcomes, type Outcome } from '../sample.ts';
import { isMoreThanChance, type Share } from '../statistics/fisher.ts';

/** Something bad that streams did, on both sides. */
export interface CountComparison {
  name: string;
  label: string;
  /** Over all runs of a side. */
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
 * Compares what streams of both sides did, over all runs: how those ended that did not complete, or, where
 * every stream has a plan that says how it ends, what went otherwise.
 *
 * A kind of failure that the base has not at all needs no statistics: one is a regression. Of one that
 * both have the head may have more as far as chance explains it, by Fisher's exact test: two windows hold
 * other streams, and other numbers of them.
 *
 * @param all the runs of both sides: a stream that is cut is cut, however late the load client was
 * @param valid those in which it was in time, for what it may have made itself by being late
 * @returns what happened on either side at least once
 */
export function compareCounts(all: Sides, valid: Sides): CountComparison[] {
  const foretold = [...all.base, ...all.head].every(({ expectations }) => expectations?.open === 0);
  const asked = foretold ? [...byPlan, ...always] : [...byOutcome, ...always];
  return asked
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
  /** Whether it depends on the clock of the load client. */
  byTime: boolean;
  of(report: Report): Share;
}

/** The load client's own doing says nothing about the server. */
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
