import { z } from 'zod';

import { largestDrift, type Drift } from '../metrics/drift.ts';
import type { Health } from '../metrics/health.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { startSpreadMs, worstShard, type Shard } from '../metrics/shards.ts';
import { formatMs, formatQuantity, plural } from '../quantity.ts';
import type { StreamSample } from '../sample.ts';

/** How late the measuring side may be, at the 99th percentile, before a run is invalid. */
export interface ValidityBounds {
  clientLoopDelayMs: number;
  startLagMs: number;
  clientReadMs: number;
  agentLatenessMs: number;
  /** How far apart the shards of a load may start. */
  shardStartMs: number;
  /** How much the streams of a window may change from its first third to its last, as a share. */
  drift: number;
}

/**
 * Half of the least target (interval, 100 ms: E3) for anything that falsifies a single chunk's time,
 * and a fifth of the first chunk's for the start. The gateway has no bound: its slowness is what is measured.
 * The clocks of machines differ by less than the bound of shards where anything keeps them.
 */
export const defaultBounds: ValidityBounds = {
  clientLoopDelayMs: 50,
  startLagMs: 100,
  clientReadMs: 50,
  agentLatenessMs: 50,
  shardStartMs: 250,
  drift: 0.25,
};

/** A check of the measuring side: whether it was in time, and steady. */
export const validityCheckSchema = z.strictObject({
  name: z.enum([
    'clientLoopDelay',
    'startLag',
    'clientRead',
    'agentLateness',
    'shardStart',
    'drift',
  ]),
  label: z.string(),
  statistic: z.string().describe('Which number it is: p99, change, spread.'),
  unit: z.enum(['ms', 'ratio']),
  value: z.number().nullable().describe('The measured value; null if nothing was measured.'),
  bound: z.number(),
  state: z.enum(['ok', 'beyond', 'not-measured']),
  reason: z
    .string()
    .describe('The measured value, the bound and what to change; empty if it is ok.'),
});

export type ValidityCheck = z.infer<typeof validityCheckSchema>;

/**
 * Checks whether the load client and, if it is ours, the agent were in time, and whether the window was steady.
 * Of a load in shards the worst one counts.
 * @param load `steady`: whether the load was constant during the window; `shards`: those of a merged run,
 *   otherwise empty
 */
export function checkValidity(
  metrics: Pick<Metrics, 'startLagMs' | 'latenessByHop' | 'drift'>,
  health: Health,
  { steady: isSteady, shards = [] }: { steady: boolean; shards?: readonly Shard[] },
  bounds: ValidityBounds = defaultBounds,
): ValidityCheck[] {
  const slowest = worstShard(shards, ({ loopDelayP99Ms }) => loopDelayP99Ms);
  const latest = worstShard(shards, ({ startLagP99Ms }) => startLagP99Ms);
  return [
    inTime({
      name: 'clientLoopDelay',
      label: `${clientOf(slowest?.shard, shards)}, event loop`,
      value: slowest?.value ?? health.client.loopDelayMs.p99,
      bound: bounds.clientLoopDelayMs,
      remedy: 'chunks were read late: run fewer streams, or the load on a machine of its own',
      unmeasured: 'the load client did not report it',
    }),
    inTime({
      name: 'startLag',
      label: `${clientOf(latest?.shard, shards)}, start of streams`,
      value: latest?.value ?? metrics.startLagMs?.p99 ?? null,
      bound: bounds.startLagMs,
      remedy: 'the load started later than its profile: give it a longer ramp or fewer streams',
      unmeasured: 'no stream started in the window',
    }),
    inTime({
      name: 'clientRead',
      label: 'load client, reading what was sent',
      value: metrics.latenessByHop?.clientMs?.p99 ?? null,
      bound: bounds.clientReadMs,
      remedy: 'chunks were read late: run fewer streams, or the load on a machine of its own',
      unmeasured: 'the gateway is not ours, or sent nothing',
    }),
    inTime({
      name: 'agentLateness',
      label: 'mock agent, sending chunks',
      value: health.agent?.latenessMs?.p99 ?? null,
      bound: bounds.agentLatenessMs,
      remedy: 'it missed its own plan: run fewer streams, or give it a core of its own',
      unmeasured: health.agent === null ? 'the agent is not ours' : 'the agent sent no chunk',
    }),
    ...(shards.length === 0 ? [] : [startedTogether(shards, bounds.shardStartMs)]),
    steady(metrics.drift, { steady: isSteady }, bounds.drift),
  ];
}

function clientOf(shard: Shard | undefined, shards: readonly Shard[]): string {
  return shard === undefined
    ? 'load client'
    : `load client of shard ${shard.number} of ${shards.length}`;
}

function startedTogether(shards: readonly Shard[], bound: number): ValidityCheck {
  const value = startSpreadMs(shards);
  const check = {
    name: 'shardStart',
    label: 'shards, from the first start to the last',
    statistic: 'spread',
    unit: 'ms',
    value,
    bound,
  } as const;
  if (value <= bound) return { ...check, state: 'ok', reason: '' };
  const farthest = worstShard(shards, ({ startedAfterMs }) => Math.abs(startedAfterMs));
  const startedMs = farthest?.shard.startedAfterMs ?? 0;
  const start = `${formatMs(Math.abs(startedMs))} ${startedMs < 0 ? 'before' : 'after'} the common start`;
  return {
    ...check,
    state: 'beyond',
    reason: `shard ${farthest?.shard.number ?? 0} of ${shards.length} started ${start}, and all started within ${formatMs(value)}, the bound is ${formatMs(bound)}; the shards were not one load: set the clocks of the machines (NTP), and choose a --start-at that every machine can reach`,
  };
}

/** Socket errors that come from the load client's own machine, and the resource that it lacks. */
const shortages: Readonly<Record<string, string>> = {
  EMFILE: 'file descriptor was left: raise the limit of open files (ulimit -n)',
  ENFILE: 'file descriptor was left on the machine: raise its limit (fs.file-max)',
  EADDRNOTAVAIL: 'local port was left: use more than one address, or keep connections alive',
  ENOBUFS: 'memory was left for a socket: give the machine more',
  ENOMEM: 'memory was left for a socket: give the machine more',
};

/** Returns why a run is invalid if the load client's machine had no sockets left; otherwise empty. */
export function shortageReasons(
  samples: readonly Pick<StreamSample, 'outcome' | 'detail'>[],
): string[] {
  return Object.entries(shortages).flatMap(([code, shortage]) => {
    const count = samples.filter(
      ({ outcome, detail }) => outcome === 'refused' && detail === code,
    ).length;
    return count === 0
      ? []
      : [`load client, ${plural(count, 'stream')} (${code}): no ${shortage}, or run fewer streams`];
  });
}

/** Returns why a run is invalid if one of our own processes ran out of file descriptors; otherwise empty. */
export function descriptorReasons({ agent, gateway }: Health): string[] {
  return Object.entries({ 'mock agent': agent, gateway }).flatMap(([name, health]) =>
    health?.lackedDescriptors === true
      ? [`${name}: no ${shortages['EMFILE']}, or run fewer streams`]
      : [],
  );
}

interface LatenessCheck extends Pick<ValidityCheck, 'name' | 'label' | 'value' | 'bound'> {
  /** What to change. */
  remedy: string;
  unmeasured: string;
}

function inTime({ remedy, unmeasured, ...check }: LatenessCheck): ValidityCheck {
  const { label, value, bound } = check;
  const result = { ...check, statistic: 'p99', unit: 'ms' } as const;
  if (value === null) return { ...result, state: 'not-measured', reason: unmeasured };
  if (value <= bound) return { ...result, state: 'ok', reason: '' };
  const measured = `${label}: ${formatMs(value)} late at p99, the bound is ${formatMs(bound)}`;
  return { ...result, state: 'beyond', reason: `${measured}; ${remedy}` };
}

function steady(drift: Drift, load: { steady: boolean }, bound: number): ValidityCheck {
  const value = load.steady ? largestDrift(drift) : null;
  const check = {
    name: 'drift',
    label: 'window, from its first third to its last',
    statistic: 'change',
    unit: 'ratio',
    value,
    bound,
  } as const;
  if (value === null) {
    const reason = load.steady
      ? 'too few streams in a third of the window'
      : 'the load changes on purpose';
    return { ...check, state: 'not-measured', reason };
  }
  if (value <= bound) return { ...check, state: 'ok', reason: '' };
  const changes = [
    describeChange('first chunk', drift.firstChunk, bound),
    describeChange('interval', drift.interval, bound),
  ].filter((words) => words !== '');
  return {
    ...check,
    state: 'beyond',
    reason: `the window was not steady: ${changes.join(', ')}, the bound is ${formatQuantity(bound, 'ratio')} more than chance explains; figures depend on how long was measured: give it a longer warm-up, or less load`,
  };
}

function describeChange(name: string, change: Drift['interval'], bound: number): string {
  if (change === null || change.ratio <= bound) return '';
  return `median ${name} from ${formatMs(change.fromMs)} to ${formatMs(change.toMs)}`;
}
