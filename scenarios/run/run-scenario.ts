import { buildReport } from '../../reports/build-report.ts';
import type { Health } from '../../reports/metrics/health.ts';
import type { Report } from '../../reports/report.ts';
import type { JudgedSample } from '../../reports/sample.ts';
import { compareSamples, plansOf } from '../expect/compare-samples.ts';
import type { Scenario } from '../file/scenario.ts';
import { refuseLargeLoad } from '../load/profile/refuse-large-load.ts';
import type { LoadProgress, LoadResult } from '../load/run-load.ts';
import { readTargetUrl } from '../load/target/target-url.ts';
import { acceptsAny, type Trust } from '../load/target/trust.ts';
import { refuseTooFewFiles } from '../processes/open-files.ts';
import { knownFactsOf, secondsOf } from './describe-run.ts';
import type { LoadMeasured, ServersHealth } from './measure-load.ts';
import { measureMiddle, type Middle } from './measure-middle.ts';
import { measureStack } from './measure-stack.ts';
import { measureTarget, targetUrl } from './measure-target.ts';
import { refuseForMiddle } from './refuse-for-middle.ts';

export interface RunOptions {
  /** The URL of a running gateway; without it, agent and gateway are started for the run. */
  target?: string | undefined;
  /** Instead of `target`: a gateway that calls our agent, which is started for the run. */
  middle?: Middle | undefined;
  /** Replaces the scenario's seed. */
  seed?: number | undefined;
  /** Headers of every request; they replace the scenario's of the same name, and their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Which certificates of an https target are accepted; by default those that Node trusts. */
  trust?: Trust | undefined;
  /** Whether a missed target fails the run, not only one beyond its alarm. */
  strict: boolean;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the load at once. If its window had begun, the report covers the time until then. */
  signal: AbortSignal;
}

export interface RunResult {
  report: Report;
  samples: JudgedSample[];
}

/**
 * Runs a scenario: load, samples, metrics, verdict.
 * @throws RehearsalError (usage) for an invalid target URL, and for a stack that does not start
 * @throws the signal's reason if it aborts before the window, or if agent and gateway do not respond after it
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const { target, middle, strict, signal } = options;
  if (middle !== undefined) refuseForMiddle(scenario);
  refuseLargeLoad(scenario.load);
  if (scenario.load.arrivals === undefined) refuseTooFewFiles(scenario.load.streams);
  const startedAt = new Date();
  const seed = options.seed ?? scenario.seed;
  const plans = target === undefined ? plansOf(scenario, seed, middle !== undefined) : null;
  const { load, url, health, sentOf } = await measure(scenario, { ...options, seed });
  const { law, ...known } = knownFactsOf(scenario, seed, {
    middle: middle === undefined ? 'none' : 'foreign',
    httpVersion: load.httpVersion,
  });
  const windowSec = secondsOf(load.phases, 'window');
  if (load.interrupted && windowSec === 0) signal.throwIfAborted();

  const compared =
    plans === null || sentOf === null
      ? { samples: load.samples.map(withoutPlan), givenUp: 0, faults: [] }
      : compareSamples(load.samples, plans, scenario.load, sentOf);
  const { samples, ...facts } = compared;
  const report = buildReport(
    {
      ...known,
      ...facts,
      slowsWithLoad: plans?.behaviour.slowing !== undefined,
      target: {
        url: readTargetUrl(new URL(url)).text,
        ours: plans !== null && middle === undefined,
        middle: middle !== undefined,
        insecure: acceptsAny(url, options.trust),
      },
      startedAt: startedAt.toISOString(),
      durationSec: (Date.now() - startedAt.getTime()) / 1000,
      load: { ...known.load, windowSec },
      arrivals: law === null ? null : { law, droppedAtMs: load.droppedAtMs },
      phases: load.phases,
      strict,
      interrupted: load.interrupted,
      health: describeHealth(load, health),
    },
    samples,
    plans === null ? undefined : (sample) => plans.of(sample).chunks.map(({ atMs }) => atMs),
  );
  return { report, samples };
}

/** A measured load; health and send times are null where no server is ours. */
type Measured = { url: string } & (
  | LoadMeasured
  | (Pick<LoadMeasured, 'load'> & { health: null; sentOf: null })
);

async function measure(
  scenario: Scenario,
  options: RunOptions & { seed: number },
): Promise<Measured> {
  const { target, middle } = options;
  if (middle !== undefined) return measureMiddle(scenario, middle, options);
  if (target === undefined) return measureStack(scenario, options);
  const { seed, headers, trust, onProgress, signal } = options;
  const progress = onProgress === undefined ? {} : { onProgress };
  const url = targetUrl(target, scenario.load.request);
  const load = await measureTarget(scenario, url, { seed, headers, trust, signal, ...progress });
  return { url, load, health: null, sentOf: null };
}

function withoutPlan(sample: LoadResult['samples'][number]): JudgedSample {
  return { ...sample, planned: null };
}

function describeHealth(load: LoadResult, servers: ServersHealth | null): Health {
  if (servers === null) return { client: load.client, agent: null, gateway: null };
  const { stats, ...agent } = servers.agent;
  const { lateness, streamsStarted, streamsCancelled, chunksSent } = stats;
  return {
    client: load.client,
    agent: { ...agent, latenessMs: lateness, streamsStarted, streamsCancelled, chunksSent },
    gateway: servers.gateway,
  };
}
