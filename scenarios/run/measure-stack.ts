import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { scenarioMetadata, seedMetadata } from '../../proto/metadata.ts';
import { secretsOfHeaders } from '../load/headers.ts';
import { pathOfLoad } from '../load/request.ts';
import { mostPerProcess } from '../load/profile.ts';
import { runLoad, type LoadProgress, type LoadResult } from '../load/run-load.ts';
import type { Scenario } from '../file/scenario.ts';
import { monotonicOffsetMs } from '../processes/send-times.ts';
import type { SentByHop } from '../expect/split-lateness.ts';
import { startStack, type Stack, type StackHealth } from '../processes/start-stack.ts';

export interface StackMeasured {
  url: string;
  load: LoadResult;
  health: StackHealth;
  /** Returns the send times of agent and gateway of a stream, from its start; null if they were not recorded. */
  sentOf(stream: { key: string; startAtMs: number }): SentByHop | null;
}

export interface MeasureOptions {
  seed: number;
  /** Headers of every request, beside those for scenario and seed. */
  headers?: Readonly<Record<string, string>> | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  signal: AbortSignal;
}

/** The report contains every stream; a thousand log lines per second would hide the progress. */
const logLevel = 'warn';

/** How long the agent may take to notice the end of the last streams. */
const lastEndsMs = 1000;

/** How long an interrupted run waits for the figures of its processes. */
const interruptedGraceMs = 3000;

/**
 * Starts an agent and a gateway of our own, and measures them under the load of a scenario.
 * @throws RehearsalError (usage) if one of them ends or stops responding during the load
 * @throws the signal's reason if it aborts before they have started, or if they do not respond after it
 */
export async function measureStack(
  scenario: Scenario,
  options: MeasureOptions,
): Promise<StackMeasured> {
  const { seed, headers = {} } = options;
  const broken = new AbortController();
  const stack = await startStack({
    agent: { scenarios: [scenario.file], port: 0, seed, watch: false, logLevel },
    gateway: {
      port: 0,
      maxStreams: Math.max(
        gatewayOptionsSchema.parse({}).maxStreams,
        // A slot may send a request before the gateway has noticed the end of its last stream.
        scenario.load.arrivals === undefined ? 2 * scenario.load.streams : mostPerProcess,
      ),
      logLevel,
    },
    signal: options.signal,
    onAnswering(isAnswering, message) {
      if (!isAnswering) broken.abort(new RehearsalError('usage', message));
    },
  });
  void stack.failed.then((reason) =>
    broken.abort(new RehearsalError('usage', `${reason} during the run`)),
  );
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const grace = abortLater(options.signal, interruptedGraceMs);
  // An interrupted run still requests the figures of its processes.
  const figuresSignal = AbortSignal.any([broken.signal, grace.signal]);
  try {
    const url = stack.url + pathOfLoad(scenario.load.request);
    const health = watchStack(stack, figuresSignal);
    stack.recordSendTimes();
    const load = await runLoad({
      url,
      profile: scenario.load,
      seed,
      headers: { ...headers, [scenarioMetadata]: scenario.name, [seedMetadata]: String(seed) },
      secrets: secretsOfHeaders(headers),
      signal,
      onProgress(progress) {
        health.follow(progress);
        options.onProgress?.(progress);
      },
    });
    broken.signal.throwIfAborted();
    const { agent, gateway } = await health.result();
    return {
      url,
      load,
      health: { agent: { ...agent, stats: await lastStats(stack, figuresSignal) }, gateway },
      sentOf: await sendTimesFrom(stack, load, figuresSignal),
    };
  } finally {
    grace.cancel();
    await stack.close();
  }
}

/** Returns a signal that aborts `delayMs` after another one, with its reason. */
function abortLater(signal: AbortSignal, delayMs: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(() => controller.abort(signal.reason), delayMs);
  };
  signal.addEventListener('abort', start, { once: true });
  if (signal.aborted) start();
  return {
    signal: controller.signal,
    cancel() {
      signal.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}

/** Lets the stack measure itself from the warm-up to the drain. */
function watchStack(stack: Stack, signal: AbortSignal) {
  let pending: Promise<StackHealth> | undefined;
  let isWatching = false;
  const result = () => {
    if (pending === undefined) {
      pending = stack.health(signal);
      // It may reject before it is awaited.
      pending.catch(() => {});
    }
    return pending;
  };
  return {
    follow({ phase }: LoadProgress) {
      if (!isWatching && phase !== 'ramp') {
        isWatching = true;
        stack.watch();
      }
      if (phase === 'drain') void result();
    },
    result,
  };
}

/** Returns the agent's statistics of the run, after it has noticed the ends of the last streams. */
async function lastStats(
  stack: Stack,
  signal: AbortSignal,
): Promise<StackHealth['agent']['stats']> {
  const deadlineMs = performance.now() + lastEndsMs;
  for (;;) {
    const { stats } = (await stack.health(signal)).agent;
    if (stats.streamsOpen === 0 || performance.now() > deadlineMs) return stats;
    await sleep(50);
  }
}

async function sendTimesFrom(
  stack: Stack,
  { startedAtMs }: LoadResult,
  signal: AbortSignal,
): Promise<StackMeasured['sentOf']> {
  const { agent, gateway } = await stack.sendTimes(signal);
  const originMs = startedAtMs + monotonicOffsetMs();
  return ({ key, startAtMs }) => {
    const [agentMs, gatewayMs] = [agent[key], gateway[key]];
    if (agentMs === undefined || gatewayMs === undefined) return null;
    const fromStart = (atMs: number) => atMs - originMs - startAtMs;
    return { agent: agentMs.map(fromStart), gateway: gatewayMs.map(fromStart) };
  };
}
