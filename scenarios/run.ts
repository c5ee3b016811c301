import { availableParallelism, arch, cpus, platform, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { generatePath } from '../gateway/app.ts';
import { gatewayOptionsSchema } from '../gateway/options.ts';
import { chooseBehaviour } from '../mock-agent/cases.ts';
import { faultRates } from '../mock-agent/faults/rates.ts';
import { planStream, type StreamPlan } from '../mock-agent/plan.ts';
import { scenarioMetadata, seedMetadata } from '../proto/metadata.ts';
import { buildReport } from '../reports/build-report.ts';
import type { Health } from '../reports/health.ts';
import type { Report } from '../reports/report.ts';
import type { JudgedSample, Phase, StreamSample } from '../reports/sample.ts';
import { compareWithPlan } from './compare-with-plan.ts';
import { endpointOf } from './endpoint.ts';
import { expectOutcome } from './expect-outcome.ts';
import type { PhaseSpan } from './load/phases.ts';
import { mostAtOnce } from './load/profile.ts';
import { runLoad, type LoadProgress, type LoadResult } from './load/run-load.ts';
import type { Scenario } from './scenario.ts';
import { startStack, type Stack, type StackHealth } from './stack.ts';
import { toolVersion } from './tool-version.ts';
import { UsageError } from './usage-error.ts';

export interface RunOptions {
  /** A gateway that is there already; without it, agent and gateway are started for the run. */
  target?: string | undefined;
  /** In place of the scenario's own. */
  seed?: number | undefined;
  /** Whether a missed target fails the run, and not only one beyond its alarm. */
  strict: boolean;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the run at once. */
  signal: AbortSignal;
}

export interface RunResult {
  report: Report;
  samples: JudgedSample[];
}

/**
 * Runs a scenario: load, samples, metrics, verdict.
 * @throws UsageError for a target that is no URL, or a stack that does not come up.
 * @throws the signal's reason where that ends the run: a part of a run has no verdict.
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const { target, strict, signal } = options;
  const { streams, arrivals, total = null, rampMs, warmUpMs } = scenario.load;
  const seed = options.seed ?? scenario.seed;
  const startedAt = new Date();
  const measured =
    target === undefined
      ? await measureOurs(scenario, seed, options)
      : { ...(await measure(scenario, targetUrl(target), seed, {}, options)), stack: null };
  signal.throwIfAborted();

  const { prompt, model } = scenario.load.request;
  // The load gives every stream a key of its own, so each is asked for once.
  const behaviour = chooseBehaviour(scenario, { prompt, model, nth: 1 });
  const planOf = ({ key }: StreamSample): StreamPlan =>
    planStream(behaviour, seed, { scenario: scenario.name, key, prompt, model });
  const { pushIntervalMs, streamLimitMs: gatewayLimitMs } = gatewayOptionsSchema.parse({});
  const { idleLimitMs, streamLimitMs } = scenario.load;
  const bounds = { idleLimitMs, streamLimitMs, gatewayLimitMs };
  // What breaks an agent's connection breaks streams whose own plan knows nothing of it.
  const othersSuffer = behaviour.faults.some(({ name }) => name === 'crash' || name === 'down');
  let givenUp = 0;
  const struck: Pick<StreamPlan, 'faults'>[] = [];
  const samples = measured.load.samples.map((sample): JudgedSample => {
    if (measured.stack === null) return { ...sample, planned: null };
    const plan = planOf(sample);
    struck.push({ faults: plan.faults });
    if (wasGivenUp(sample, plan)) givenUp += 1;
    const foretold = othersSuffer ? null : expectOutcome(plan, bounds);
    // What breaks off takes with it what a slow reader has not read yet: nobody knows how much.
    const expected = sample.readSlowly && foretold?.outcome !== 'completed' ? null : foretold;
    return { ...sample, planned: compareWithPlan(sample, plan, expected, pushIntervalMs) };
  });
  const report = buildReport(
    {
      toolVersion: toolVersion(),
      scenario: {
        name: scenario.name,
        description: scenario.description,
        source: scenario.source,
      },
      seed,
      slowsWithLoad: behaviour.slowing !== undefined,
      target: { url: measured.url, ours: measured.stack !== null },
      startedAt: startedAt.toISOString(),
      durationSec: (Date.now() - startedAt.getTime()) / 1000,
      environment: describeEnvironment(),
      load: {
        streams: arrivals === undefined ? streams : null,
        total,
        rampSec: rampMs / 1000,
        warmUpSec: warmUpMs / 1000,
        windowSec: measuredSec(measured.load.phases, 'window'),
      },
      givenUp,
      arrivals: arrivals ? { law: arrivals.law, droppedAtMs: measured.load.droppedAtMs } : null,
      phases: measured.load.phases,
      targets: scenario.targets,
      strict,
      faults: measured.stack === null ? [] : faultRates(behaviour.faults, struck),
      health: describeHealth(measured.load, measured.stack),
    },
    samples,
    measured.stack === null
      ? undefined
      : (sample) => planOf(sample).chunks.map((chunk) => chunk.atMs),
  );
  return { report, samples };
}

function measuredSec(phases: readonly PhaseSpan[], name: Phase): number {
  const span = phases.find((phase) => phase.name === name);
  return span === undefined ? 0 : (span.endAtMs - span.startAtMs) / 1000;
}

/** How long before its end a plan has to be left for its agent to notice, and the agent may take to. */
const cancelGraceMs = 1000;

/** Whether a client gave a stream up while the agent had still to work on it. */
function wasGivenUp({ outcome, durationMs }: StreamSample, { end }: StreamPlan): boolean {
  const endAtMs = end.kind === 'silence' ? Number.POSITIVE_INFINITY : end.atMs;
  return (
    ['left', 'stalled', 'timed-out', 'censored'].includes(outcome) &&
    endAtMs > durationMs + cancelGraceMs
  );
}

/** Measures a stack of our own, started for it. */
async function measureOurs(scenario: Scenario, seed: number, options: RunOptions) {
  const stack = await startStack({
    scenarios: [scenario.file],
    host: '127.0.0.1',
    port: 0,
    agentPort: 0,
    seed,
    watch: false,
    maxStreams: Math.max(
      gatewayOptionsSchema.parse({}).maxStreams,
      // A slot may ask anew before the gateway has seen its last stream end.
      scenario.load.arrivals === undefined ? 2 * scenario.load.streams : mostAtOnce,
    ),
    // The report has every stream; a thousand lines a second would only hide the progress.
    logLevel: 'warn',
  });
  const broken = new AbortController();
  void stack.failed.then((how) => broken.abort(new UsageError(`${how} during the run`)));
  const signal = AbortSignal.any([options.signal, broken.signal]);
  try {
    const headers = { [scenarioMetadata]: scenario.name, [seedMetadata]: String(seed) };
    const health = watchStack(stack);
    const measured = await measure(scenario, stack.url + generatePath, seed, headers, {
      signal,
      onProgress(progress) {
        health.follow(progress);
        options.onProgress?.(progress);
      },
    });
    signal.throwIfAborted();
    const { agent, gateway } = await health.result();
    return { ...measured, stack: { agent: { ...agent, stats: await lastStats(stack) }, gateway } };
  } finally {
    await stack.close();
  }
}

/** What the agent has done in the whole run: it hears of the last streams' ends a moment after the client. */
async function lastStats(stack: Stack): Promise<StackHealth['agent']['stats']> {
  const untilMs = performance.now() + cancelGraceMs;
  for (;;) {
    const { stats } = (await stack.health()).agent;
    if (stats.streamsOpen === 0 || performance.now() > untilMs) return stats;
    await sleep(50);
  }
}

async function measure(
  scenario: Scenario,
  url: string,
  seed: number,
  headers: Record<string, string>,
  { onProgress, signal }: Pick<RunOptions, 'onProgress' | 'signal'>,
) {
  const load = await runLoad({
    url,
    profile: scenario.load,
    seed,
    headers,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { url, load };
}

/** Has the stack measure itself while the load is at its height: from the warm-up to the drain. */
function watchStack(stack: Stack) {
  let result: Promise<StackHealth> | undefined;
  let watching = false;
  return {
    follow({ phase }: LoadProgress) {
      if (!watching && phase !== 'ramp') {
        watching = true;
        stack.watch();
      }
      if (phase === 'drain') result ??= stack.health();
    },
    result: () => (result ??= stack.health()),
  };
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

/** The interface at a target; one that names no path has ours. */
function targetUrl(target: string): string {
  // Not URL.parse: Node has that only from 22 on, by its documentation.
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--target: "${target}" is no URL of http or https`);
  }
  return endpointOf(url).href;
}
