import { availableParallelism, arch, cpus, platform, totalmem } from 'node:os';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { buildReport } from '../../reports/build-report.ts';
import { fingerprintMachine } from '../../reports/fingerprint.ts';
import type { Health } from '../../reports/metrics/health.ts';
import type { Report } from '../../reports/report.ts';
import type { JudgedSample, Phase } from '../../reports/sample.ts';
import { endpointOf } from '../../proto/interface.ts';
import { fingerprintOf } from './fingerprint-scenario.ts';
import { compareSamples, plansOf } from '../expect/compare-samples.ts';
import { secretsOfHeaders } from '../load/headers.ts';
import type { PhaseSpan } from '../load/phases.ts';
import { preflight } from '../load/preflight.ts';
import { requestTemplate } from '../load/request.ts';
import { runLoad, type LoadProgress, type LoadResult } from '../load/run-load.ts';
import { readTargetUrl } from '../load/target-url.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { measureStack, type StackMeasured } from './measure-stack.ts';
import { refuseTooFewFiles } from '../processes/open-files.ts';
import type { Scenario } from '../file/scenario.ts';
import type { StackHealth } from '../processes/start-stack.ts';
import { toolVersion } from '../console/tool-version.ts';

export interface RunOptions {
  /** The URL of a running gateway; without it, agent and gateway are started for the run. */
  target?: string | undefined;
  /** Replaces the scenario's seed. */
  seed?: number | undefined;
  /** Headers of every request; they replace the scenario's of the same name, and their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Whether to accept any certificate of an https target. */
  insecure?: boolean | undefined;
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
  const { target, strict, signal } = options;
  const { streams, arrivals, stages, total = null, rampMs, warmUpMs } = scenario.load;
  const seed = options.seed ?? scenario.seed;
  if (arrivals === undefined) refuseTooFewFiles(streams);
  const startedAt = new Date();
  const environment = describeEnvironment();
  const measured =
    target === undefined
      ? await measureStack(scenario, { ...options, seed })
      : await measureTarget(scenario, targetUrl(target), { ...options, seed });
  const { load, health, sentOf } = measured;
  const windowSec = measuredSec(load.phases, 'window');
  if (load.interrupted && windowSec === 0) signal.throwIfAborted();

  const plans = sentOf === null ? null : plansOf(scenario, seed);
  const compared =
    plans === null || sentOf === null
      ? { samples: load.samples.map(withoutPlan), givenUp: 0, faults: [] }
      : compareSamples(load.samples, plans, scenario.load, sentOf);
  const { samples, ...facts } = compared;
  const report = buildReport(
    {
      ...facts,
      toolVersion: toolVersion(),
      scenario: {
        name: scenario.name,
        description: scenario.description,
        source: scenario.source,
      },
      seed,
      slowsWithLoad: plans?.behaviour.slowing !== undefined,
      target: { url: readTargetUrl(new URL(measured.url)).text, ours: plans !== null },
      startedAt: startedAt.toISOString(),
      durationSec: (Date.now() - startedAt.getTime()) / 1000,
      environment,
      fingerprint: {
        machine: fingerprintMachine(environment),
        scenario: fingerprintOf(scenario, seed),
      },
      load: {
        streams: arrivals === undefined ? streams : null,
        total,
        steady: total === null && stages.length === 0,
        rampSec: rampMs / 1000,
        warmUpSec: warmUpMs / 1000,
        windowSec,
      },
      arrivals: arrivals ? { law: arrivals.law, droppedAtMs: load.droppedAtMs } : null,
      phases: load.phases,
      targets: scenario.targets,
      strict,
      interrupted: load.interrupted,
      health: describeHealth(load, health),
    },
    samples,
    plans === null ? undefined : (sample) => plans.of(sample).chunks.map(({ atMs }) => atMs),
  );
  return { report, samples };
}

/**
 * Sends a target one request before a load, as `load/preflight.ts` describes.
 * @returns a warning, or null
 * @throws RehearsalError (usage) if no stream of the load could succeed
 */
export async function checkTarget(
  { load: { request } }: Scenario,
  target: string,
  { headers = {}, insecure = false, signal }: Pick<RunOptions, 'headers' | 'insecure' | 'signal'>,
): Promise<string | null> {
  const url = readTargetUrl(new URL(targetUrl(target)));
  const template = requestTemplate(request, headers, {
    authorization: url.authorization,
    secrets: [...url.secrets, ...secretsOfHeaders(headers)],
  });
  return preflight(url, template, { insecure, signal });
}

/** A measured load; health and send times are null for a target that is not ours. */
type Measured =
  | StackMeasured
  | (Pick<StackMeasured, 'url' | 'load'> & { health: null; sentOf: null });

async function measureTarget(
  { load: profile }: Scenario,
  url: string,
  {
    seed,
    headers = {},
    insecure = false,
    onProgress,
    signal,
  }: Pick<RunOptions, 'headers' | 'insecure' | 'onProgress' | 'signal'> & { seed: number },
): Promise<Measured> {
  const progress = onProgress === undefined ? {} : { onProgress };
  const load = await runLoad({
    url,
    profile,
    seed,
    headers,
    secrets: secretsOfHeaders(headers),
    insecure,
    signal,
    ...progress,
  });
  return { url, load, health: null, sentOf: null };
}

function withoutPlan(sample: LoadResult['samples'][number]): JudgedSample {
  return { ...sample, planned: null };
}

function measuredSec(phases: readonly PhaseSpan[], name: Phase): number {
  const span = phases.find((phase) => phase.name === name);
  return span === undefined ? 0 : (span.endAtMs - span.startAtMs) / 1000;
}

function describeHealth(load: LoadResult, stack: StackHealth | null): Health {
  if (stack === null) return { client: load.client, agent: null, gateway: null };
  const { stats, ...agent } = stack.agent;
  const { lateness, streamsStarted, streamsCancelled, chunksSent } = stats;
  return {
    client: load.client,
    agent: { ...agent, latenessMs: lateness, streamsStarted, streamsCancelled, chunksSent },
    gateway: stack.gateway,
  };
}

function describeEnvironment(): Report['environment'] {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    ci: process.env['CI'] !== undefined,
  };
}

/** Returns the URL of the interface; a target without a path gets the specified one. */
function targetUrl(target: string): string {
  // Not URL.parse, which Node documents from version 22 on.
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `--target: "${maskAddress(target)}" is not a URL with http or https`,
    );
  }
  return endpointOf(url).href;
}
