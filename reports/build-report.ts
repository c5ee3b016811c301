import { countArrivals, type Arrivals } from './metrics/open-load.ts';
import { holdAgainstPlans } from './verdict/expectations.ts';
import { countContentTypes } from './metrics/content-types.ts';
import { countFailures } from './metrics/failures.ts';
import { histogram } from './statistics/histogram.ts';
import { computeMetrics, isTimed, poolLateness } from './metrics/metrics.ts';
import { reportVersion, type Report } from './report.ts';
import type { JudgedSample } from './sample.ts';
import { pickSampleStreams, type PlannedTimes } from './example-streams.ts';
import { computeSeries } from './metrics/series.ts';
import type { Shard } from './metrics/shards.ts';
import { poolTimes } from './metrics/stream-times.ts';
import { descriptorReasons, shortageReasons } from './verdict/validity.ts';
import { judge } from './verdict/verdict.ts';

/** Facts of a run that its samples do not contain. */
export interface RunFacts extends Pick<
  Report,
  | 'scenario'
  | 'seed'
  | 'slowsWithLoad'
  | 'target'
  | 'startedAt'
  | 'durationSec'
  | 'environment'
  | 'fingerprint'
  | 'load'
  | 'phases'
  | 'targets'
  | 'strict'
  | 'interrupted'
  | 'health'
  | 'faults'
> {
  toolVersion: string;
  /** Streams that the client aborted a second or more before their planned end. */
  givenUp: number;
  /** The shards of a merged run. */
  shards?: readonly Shard[];
  /** For an open load: its law, and the due times of arrivals that did not start. */
  arrivals: { law: Arrivals['law']; droppedAtMs: readonly number[] } | null;
}

/**
 * Builds a run's report: computes metrics and verdict, and picks the data of the charts.
 *
 * @param facts `phases` contains the window
 * @param plannedMs returns the planned times of a stream, where the agent is ours
 * @throws {RangeError} if `facts.phases` has no window
 */
export function buildReport(
  { toolVersion, arrivals, givenUp, shards = [], ...facts }: RunFacts,
  samples: readonly JudgedSample[],
  plannedMs?: PlannedTimes,
): Report {
  const window = facts.phases.find((phase) => phase.name === 'window');
  if (window === undefined) throw new RangeError('a run without a window cannot be judged');
  const metrics = computeMetrics(samples, window, facts.targets);
  const judged = samples.filter(isJudged);
  const expectations = holdAgainstPlans(
    judged,
    {
      expected: givenUp,
      seen: facts.health.agent?.streamsCancelled ?? 0,
    },
    facts.targets.contentTypeParameters,
  );
  const { targets, load, health, strict, interrupted } = facts;
  return {
    version: reportVersion,
    tool: { name: 'rehearsal', version: toolVersion },
    ...facts,
    arrivals: arrivals && countArrivals(samples, window, arrivals),
    shards: [...shards],
    judgement: judge(metrics, targets, load, health, {
      strict,
      interrupted,
      shortages: [...shortageReasons(judged), ...descriptorReasons(facts.health)],
      shards,
      expectations,
    }),
    metrics,
    expectations,
    failures: countFailures(samples),
    contentTypes: countContentTypes(samples),
    series: computeSeries(samples),
    histograms: drawHistograms(judged.filter(isTimed), metrics),
    sampleStreams: pickSampleStreams(samples, plannedMs),
  };
}

function isJudged({ phase, outcome }: JudgedSample): boolean {
  return phase === 'window' && outcome !== 'censored';
}

function drawHistograms(
  timed: readonly JudgedSample[],
  metrics: Report['metrics'],
): Report['histograms'] {
  const times = poolTimes(timed);
  return {
    firstChunkMs: histogram(times.firstChunkMs, metrics.firstChunkMs?.p99),
    intervalMs: histogram(times.intervalMs, metrics.intervalMs?.p99),
    gapMs: histogram(times.gapMs, metrics.gapMs?.p99),
    latenessMs: histogram(poolLateness(timed), metrics.latenessMs?.p99),
  };
}
