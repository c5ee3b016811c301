import type { Report } from '../report.ts';

/** A figure of a run that is compared with another run's. */
export interface ComparedTime {
  name: string;
  label: string;
  unit: 'ms' | 'perSec';
  better: 'lower' | 'higher';
  /** Shown but not judged: a 99th percentile varies by three quarters between equal runs. */
  judged: boolean;
  /** Returns null if the run has none. */
  of(report: Pick<Report, 'metrics'>): number | null;
}

const time = { unit: 'ms', better: 'lower', judged: true } as const;

/** Few on purpose: with every judged figure all intervals get wider. */
export const comparedTimes: readonly ComparedTime[] = [
  {
    ...time,
    name: 'firstChunkP50',
    label: 'first chunk, p50',
    of: ({ metrics }) => metrics.firstChunkMs?.p50 ?? null,
  },
  {
    ...time,
    name: 'firstChunkP95',
    label: 'first chunk, p95',
    of: ({ metrics }) => metrics.firstChunkMs?.p95 ?? null,
  },
  {
    ...time,
    name: 'intervalMean',
    label: 'interval, mean',
    of: ({ metrics }) => metrics.intervalMs?.mean ?? null,
  },
  {
    ...time,
    name: 'gapP95',
    label: 'gap, p95',
    of: ({ metrics }) => metrics.gapMs?.p95 ?? null,
  },
  {
    ...time,
    name: 'durationMean',
    label: 'whole stream, mean',
    of: ({ metrics }) => metrics.durationMs?.mean ?? null,
  },
  {
    ...time,
    name: 'latenessP95',
    label: 'arrival after its plan, p95',
    of: ({ metrics }) => metrics.latenessMs?.p95 ?? null,
  },
  {
    name: 'messagesPerSec',
    label: 'messages a second',
    unit: 'perSec',
    better: 'higher',
    judged: true,
    of: ({ metrics }) => metrics.messagesPerSec,
  },
  {
    ...time,
    name: 'firstChunkP99',
    label: 'first chunk, p99',
    judged: false,
    of: ({ metrics }) => metrics.firstChunkMs?.p99 ?? null,
  },
  {
    ...time,
    name: 'gapP99',
    label: 'gap, p99',
    judged: false,
    of: ({ metrics }) => metrics.gapMs?.p99 ?? null,
  },
  {
    ...time,
    name: 'latenessP99',
    label: 'arrival after its plan, p99',
    judged: false,
    of: ({ metrics }) => metrics.latenessMs?.p99 ?? null,
  },
];
