import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { generatePath } from '../../proto/interface.ts';
import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { scenarioMetadata, seedMetadata } from '../../proto/metadata.ts';
import { secretsOfHeaders } from '../load/headers.ts';
import { mostAtOnce } from '../load/profile.ts';
import { runLoad, type LoadProgress, type LoadResult } from '../load/run-load.ts';
import type { Scenario } from '../file/scenario.ts';
import { monotonicOffsetMs } from '../processes/send-times.ts';
import type { SentByHop } from '../expect/split-lateness.ts';
import { startStack, type Stack, type StackHealth } from '../processes/start-stack.ts';

export interface StackMeasured {
  url: string;
  load: LoadResult;
  health: StackHealth;
  /** When agent and gateway sent what they sent of a stream, from its start; null where that was not kept. */
  sentOf(stream: { key: string; startAtMs: number }): SentByHop | null;
}

export interface MeasureOptions {
  seed: number;
  /** Of every request, beside those that choose scenario and seed. */
  headers?: Readonly<Record<string, string>> | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  signal: AbortSignal;
}

/** How long an agent may take to hear that the last streams are over. */
const lastWordMs = 1000;

/** How long an interrupted run waits for the figures of its processes. */
const interruptedGraceMs = 3000;

/**
 * Measures an agent and a gateway of our own, started for it.
 * @throws RehearsalError (usage) where one of them ends or stops answering during the load
 * @throws the signal's reason where it aborts before they are up, or they do not answer after it
 */
export async function measureStack(
  scenario: Scenario,
  options: MeasureOptions,
): Promise<StackMeasured> {
  const { seed, headers = {} } = options;
  const broken = new AbortController();
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
    signal: options.signal,
    onAnswering(isAnswering, message) {
      if (!isAnswering) broken.abort(new RehearsalError('usage', message));
    },
  });
  void stack.failed.then((how) =>
    broken.abort(new RehearsalError('usage', `${how} during the run`)),
  );
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const grace = abortLater(options.signal, interruptedGraceMs);
  // An interrupted run still asks for the figures of its processes.
  const asking = AbortSignal.any([broken.signal, grace.signal]);
  try {
    const url = stack.url + generatePath;
    const health = watchStack(stack, asking);
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
      health: { agent: { ...agent, stats: await lastStats(stack, asking) }, gateway },
      sentOf: await sendTimesFrom(stack, load, asking),
    };
  } finally {
    grace.cancel();
    await stack.close();
  }
}

/** Aborts some time after another signal has, with its reason. */
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

/** Has the stack measure itself while the load is at its height: from the warm-up to the drain. */
function watchStack(stack: Stack, signal: AbortSignal) {
  let answer: Promise<StackHealth> | undefined;
  let watching = false;
  const result = () => {
    if (answer === undefined) {
      answer = stack.health(signal);
      // It may fail before anybody waits for it.
      answer.catch(() => {});
    }
    return answer;
  };
  return {
    follow({ phase }: LoadProgress) {
      if (!watching && phase !== 'ramp') {
        watching = true;
        stack.watch();
      }
      if (phase === 'drain') void result();
    },
    result,
  };
}

/** What the agent has done in the whole run: it hears of the last streams' ends a moment after the client. */
async function lastStats(
  stack: Stack,
  signal: AbortSignal,
): Promise<StackHealth['agent']['stats']> {
  const untilMs = performance.now() + lastWordMs;
  for (;;) {
    const { stats } = (await stack.health(signal)).agent;
    if (stats.streamsOpen === 0 || performance.now() > untilMs) return stats;
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
    const [ofAgent, ofGateway] = [agent[key], gateway[key]];
    if (ofAgent === undefined || ofGateway === undefined) return null;
    const fromStart = (atMs: number) => atMs - originMs - startAtMs;
    return { agent: ofAgent.map(fromStart), gateway: ofGateway.map(fromStart) };
  };
}
