import { z } from 'zod';

import { stateAbove, stateBelow, type LimitState } from '../../proto/targets.ts';
import type { Expectations } from './expectations.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { formatCount, formatQuantity } from '../quantity.ts';
import type { Targets } from '../targets.ts';

/** One target and how the run did by it. */
export const targetResultSchema = z.strictObject({
  name: z.enum([
    'firstChunkMs',
    'intervalMs',
    'connectionSuccess',
    'streamSuccess',
    'concurrentStreams',
    'failuresOtherwise',
    'missedCancels',
    'pushedTooOften',
    'textMismatches',
  ]),
  label: z.string(),
  statistic: z
    .string()
    .describe('Which number of the many is judged: p95, mean, share, peak, count.'),
  unit: z.enum(['ms', 'ratio', 'streams']),
  wanted: z
    .enum(['below', 'above', 'at-least', 'none'])
    .describe(
      'Where the value should be: below the target (alarm above), above it (alarm below), at least it (alarm above), or none at all.',
    ),
  value: z.number().nullable(),
  target: z.number(),
  alarm: z.number(),
  state: z.enum(['ok', 'missed', 'alarm', 'not-judged']),
  reason: z.string().describe('Why it is not ok. Empty where it is.'),
});

export type TargetResult = z.infer<typeof targetResultSchema>;

/** A result before it is judged. */
type Row = Omit<TargetResult, 'state' | 'reason'>;

/**
 * Holds each target against its metric (E3), in the order of the specification.
 *
 * Where streams have plans, the two shares are of those that were to succeed, and every failure that
 * was to be has to be: see docs/decisions/0006-judged-by-the-plan.md.
 */
export function judgeTargets(
  metrics: Metrics,
  targets: Targets,
  load: { streams: number | null },
  expectations: Expectations | null,
): TargetResult[] {
  const { connectionSuccess, streamSuccess } = expectations ?? metrics;
  const noStream = 'no stream of the window was judged';
  return [
    judge(
      {
        name: 'firstChunkMs',
        label: 'time to first chunk',
        statistic: 'p95',
        unit: 'ms',
        wanted: 'below',
        value: metrics.firstChunkMs?.p95 ?? null,
        ...targets.firstChunkMs,
      },
      'no judged stream received any text',
    ),
    judge(
      {
        name: 'intervalMs',
        label: 'interval between chunks',
        statistic: 'mean',
        unit: 'ms',
        wanted: 'below',
        value: metrics.intervalMs?.mean ?? null,
        ...targets.intervalMs,
      },
      'no judged stream received two chunks',
    ),
    judge(
      {
        name: 'connectionSuccess',
        label: 'connections that succeed',
        statistic: 'share',
        unit: 'ratio',
        wanted: 'above',
        value: connectionSuccess,
        ...targets.connectionSuccess,
      },
      metrics.connectionSuccess === null ? noStream : 'by their plan no stream was to connect',
    ),
    judge(
      {
        name: 'streamSuccess',
        label: 'streams that complete',
        statistic: 'share',
        unit: 'ratio',
        wanted: 'above',
        value: streamSuccess,
        ...targets.streamSuccess,
      },
      metrics.streamSuccess === null ? noStream : 'by their plan no stream was to complete',
    ),
    judgeConcurrency(metrics.peakConcurrency, targets.concurrentStreams, load.streams),
    ...judgeFailures(expectations),
    ...judgeCancels(expectations),
    ...judgePushes(expectations),
    judge(
      {
        name: 'textMismatches',
        label: 'text other than planned',
        statistic: 'count',
        unit: 'streams',
        wanted: 'none',
        value: metrics.textMismatches,
        target: 0,
        alarm: 0,
      },
      'no completed stream has a plan to compare with',
    ),
  ];
}

/** Only where a failure was to be: most runs rehearse none. */
function judgeFailures(expectations: Expectations | null): TargetResult[] {
  if (expectations === null || expectations.failuresForetold === 0) return [];
  const row: Row = {
    name: 'failuresOtherwise',
    label: 'planned failures not as planned',
    statistic: 'count',
    unit: 'streams',
    wanted: 'none',
    value: expectations.failuresOtherwise,
    target: 0,
    alarm: 0,
  };
  return [judge(row, '')];
}

/** Only where clients gave streams up: behind each the agent has to see its call end (B4). */
function judgeCancels(expectations: Expectations | null): TargetResult[] {
  if (expectations === null || expectations.cancels.expected === 0) return [];
  const { expected, seen } = expectations.cancels;
  const row: Row = {
    name: 'missedCancels',
    label: 'given-up streams that the agent went on with',
    statistic: 'count',
    unit: 'streams',
    wanted: 'none',
    value: Math.max(0, expected - seen),
    target: 0,
    alarm: 0,
  };
  return [judge(row, '')];
}

/** Only where the gateway is not ours: ours keeps the push interval that it was started with. */
function judgePushes(expectations: Expectations | null): TargetResult[] {
  if (expectations?.pushedTooOften === undefined) return [];
  const row: Row = {
    name: 'pushedTooOften',
    label: 'streams with more messages than one in 50 ms',
    statistic: 'count',
    unit: 'streams',
    wanted: 'none',
    value: expectations.pushedTooOften,
    target: 0,
    alarm: 0,
  };
  return [judge(row, '')];
}

/** A load that never asked for as many streams as the target says nothing about it. */
function judgeConcurrency(
  peak: number,
  limits: Targets['concurrentStreams'],
  asked: number | null,
): TargetResult {
  const row: Row = {
    name: 'concurrentStreams',
    label: 'streams at once',
    statistic: 'peak',
    unit: 'streams',
    wanted: 'at-least',
    value: peak,
    ...limits,
  };
  if (asked === null) {
    return { ...row, state: 'not-judged', reason: 'the load asked for arrivals, not for a number' };
  }
  if (asked >= limits.target) return judge(row, '');
  const reason = `the load asked for ${formatCount(asked)} at once, fewer than the target`;
  return { ...row, state: 'not-judged', reason };
}

function judge(row: Row, reasonWithoutValue: string): TargetResult {
  if (row.value === null) return { ...row, state: 'not-judged', reason: reasonWithoutValue };
  const state = stateOf(row.wanted, row.value, row);
  if (state === 'ok') return { ...row, state, reason: '' };
  const limit = state === 'alarm' ? `alarm is ${alarmWords(row)}` : `target is ${targetWords(row)}`;
  const value = formatQuantity(row.value, row.unit);
  return { ...row, state, reason: `${row.statistic} was ${value}, the ${limit}` };
}

function stateOf(
  wanted: Row['wanted'],
  value: number,
  limits: { target: number; alarm: number },
): LimitState {
  switch (wanted) {
    case 'below':
      return stateBelow(value, limits);
    case 'above':
      return stateAbove(value, limits);
    case 'at-least':
      if (value > limits.alarm) return 'alarm';
      return value >= limits.target ? 'ok' : 'missed';
    case 'none':
      return value === 0 ? 'ok' : 'alarm';
  }
}

type Limits = Pick<TargetResult, 'wanted' | 'unit' | 'target' | 'alarm'>;

/** The target as the specification writes it: `< 500 ms`, `> 99 %`, `≥ 1,000`. */
export function targetWords({ wanted, unit, target }: Limits): string {
  const signs = { below: '< ', above: '> ', 'at-least': '≥ ', none: '' };
  return `${signs[wanted]}${formatQuantity(target, unit)}`;
}

/** The alarm as the specification writes it: `> 1 s`, `< 95 %`, `> 1,500`. */
export function alarmWords({ wanted, unit, alarm }: Limits): string {
  return `${wanted === 'above' ? '<' : '>'} ${formatQuantity(alarm, unit)}`;
}
