import { setTimeout as sleep } from 'node:timers/promises';

import type { Scenario } from '../file/scenario.ts';
import type { SentByHop } from '../expect/split-lateness.ts';
import { secretsOfHeaders } from '../load/headers.ts';
import { runLoad, type LoadProgress, type LoadResult } from '../load/run-load.ts';
import { usualTrust, type Trust } from '../load/target/trust.ts';
import type { ProcessHealth } from '../processes/process-health.ts';
import { monotonicOffsetMs, type SendTimes } from '../processes/send-times.ts';
import type { StackHealth } from '../processes/start-stack.ts';

/** The health of the servers of a run; null for a gateway that is not ours. */
export interface ServersHealth {
  agent: StackHealth['agent'];
  gateway: ProcessHealth | null;
}

/** The servers of a run: our stack, or our agent below a gateway that is not ours. */
export interface MeasuredServers {
  watch(): void;
  health(signal?: AbortSignal): Promise<ServersHealth>;
  recordSendTimes(): void;
  sendTimes(signal?: AbortSignal): Promise<{ agent: SendTimes; gateway: SendTimes | null }>;
}

export interface LoadMeasured {
  load: LoadResult;
  health: ServersHealth;
  /** Returns the send times of agent and gateway of a stream, from its start; null if they were not recorded. */
  sentOf(stream: { key: string; startAtMs: number }): SentByHop | null;
}

export interface MeasureOptions {
  seed: number;
  /** Headers of every request, beside those of the run itself; their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  signal: AbortSignal;
}

/** The load of a run as its servers need it. */
export interface ServerLoad {
  url: string;
  /** Headers of the run itself. */
  ownHeaders?: Readonly<Record<string, string>>;
  keyInPrompt?: boolean;
  trust?: Trust | undefined;
  /** Aborts when one of the servers has failed. */
  broken: AbortSignal;
}

/** How long the agent may take to notice the end of the last streams. */
const lastEndsMs = 1000;

/** How long an interrupted run waits for the figures of its processes. */
const interruptedGraceMs = 3000;

/**
 * Measures servers under the load of a scenario.
 * @throws the reason of `broken`
 * @throws the signal's reason if the servers do not respond after it aborts
 */
export async function measureLoad(
  { load: profile }: Scenario,
  servers: MeasuredServers,
  { url, ownHeaders = {}, keyInPrompt = false, trust = usualTrust, broken }: ServerLoad,
  { seed, headers = {}, onProgress, signal }: MeasureOptions,
): Promise<LoadMeasured> {
  const grace = abortLater(signal, interruptedGraceMs);
  // An interrupted run still requests the figures of its processes.
  const figuresSignal = AbortSignal.any([broken, grace.signal]);
  try {
    const health = watchServers(servers, figuresSignal);
    servers.recordSendTimes();
    const load = await runLoad({
      url,
      profile,
      seed,
      headers: { ...headers, ...ownHeaders },
      secrets: secretsOfHeaders(headers),
      keyInPrompt,
      trust,
      signal: AbortSignal.any([signal, broken]),
      onProgress(progress) {
        health.follow(progress);
        onProgress?.(progress);
      },
    });
    broken.throwIfAborted();
    const { agent, gateway } = await health.result();
    return {
      load,
      health: { agent: { ...agent, stats: await lastStats(servers, figuresSignal) }, gateway },
      sentOf: await sendTimesFrom(servers, load, figuresSignal),
    };
  } finally {
    grace.cancel();
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

/** Lets the servers measure themselves from the warm-up to the drain. */
function watchServers(servers: MeasuredServers, signal: AbortSignal) {
  let pending: Promise<ServersHealth> | undefined;
  let isWatching = false;
  const result = () => {
    if (pending === undefined) {
      pending = servers.health(signal);
      // It may reject before it is awaited.
      pending.catch(() => {});
    }
    return pending;
  };
  return {
    follow({ phase }: LoadProgress) {
      if (!isWatching && phase !== 'ramp') {
        isWatching = true;
        servers.watch();
      }
      if (phase === 'drain') void result();
    },
    result,
  };
}

/** Returns the agent's statistics of the run, after it has noticed the ends of the last streams. */
async function lastStats(
  servers: MeasuredServers,
  signal: AbortSignal,
): Promise<StackHealth['agent']['stats']> {
  const deadlineMs = performance.now() + lastEndsMs;
  for (;;) {
    const { stats } = (await servers.health(signal)).agent;
    if (stats.streamsOpen === 0 || performance.now() > deadlineMs) return stats;
    await sleep(50);
  }
}

async function sendTimesFrom(
  servers: MeasuredServers,
  { startedAtMs }: LoadResult,
  signal: AbortSignal,
): Promise<LoadMeasured['sentOf']> {
  const { agent, gateway } = await servers.sendTimes(signal);
  const originMs = startedAtMs + monotonicOffsetMs();
  return ({ key, startAtMs }) => {
    const agentMs = agent[key];
    const gatewayMs = gateway === null ? null : gateway[key];
    if (agentMs === undefined || gatewayMs === undefined) return null;
    const fromStart = (atMs: number) => atMs - originMs - startAtMs;
    return {
      agent: agentMs.map(fromStart),
      gateway: gatewayMs && gatewayMs.map(fromStart),
    };
  };
}
