import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import type { HttpVersion } from '../../reports/fingerprint.ts';
import type { Phase, StreamSample } from '../../reports/sample.ts';
import { drawsFor } from '../../proto/draws.ts';
import type { ProcessHealth } from '../processes/process-health.ts';
import { watchFromTo } from './client-health.ts';
import { startClosedLoad } from './closed-load.ts';
import { startOpenLoad } from './open-load.ts';
import {
  cutPhases,
  endWindow,
  lastStartMs,
  phaseAt,
  type PhaseSpan,
  phasesOf,
} from './profile/phases.ts';
import { agreeOnHttp } from './target/http-version.ts';
import { leaveAfter } from './profile/leave.ts';
import type { LoadProfile } from './profile/profile.ts';
import { ownPromptOf } from './own-prompt.ts';
import { readingSpeed } from './profile/reading-speed.ts';
import { arrivalKeyOf, requestTemplate } from './request.ts';
import { wholeLoad, type Shard } from './profile/shard.ts';
import { clientOpener } from './client/open-client.ts';
import type { ProbeContext } from './client/stream-probe.ts';
import { probeOpener } from './open-probe.ts';
import { methodOf, mostReconnectsOf } from './transport.ts';
import { targetOf } from './target/target-of.ts';
import { readTargetUrl } from './target/target-url.ts';
import { usualTrust, type Trust } from './target/trust.ts';

export interface LoadOptions {
  /**
   * The URL of the interface with its path: `http://localhost:8080/api/v1/ai/generate`. A user and a
   * password in it are sent as `Authorization: Basic …`.
   */
  url: string;
  profile: LoadProfile;
  /** The part of the load to run; all of it by default. */
  shard?: Shard;
  /**
   * The common start of all shards, in milliseconds since the epoch, from which the times of the load
   * count; by default the load starts at once. Streams that were due before this call start late.
   */
  startAtMs?: number;
  /** Decides the draws of the load: when streams arrive, which are left, which are read slowly. */
  seed?: number;
  /** Sent with every request, such as the scenario and the seed of `proto/metadata.ts`. */
  headers?: Readonly<Record<string, string>>;
  /** More texts to mask where the server echoes them, beside the secrets of the URL and of the profile. */
  secrets?: readonly string[];
  /** Whether each prompt has the key of its stream, for a gateway that does not forward headers. */
  keyInPrompt?: boolean | undefined;
  /** Which certificates of an https server are accepted; by default those that Node trusts. */
  trust?: Trust;
  /** The version of HTTP to speak; by default target and profile decide. */
  httpVersion?: HttpVersion | undefined;
  /** Called about once per second, and once at the end. */
  onProgress?: (progress: LoadProgress) => void;
  /** Ends the load at once: open streams are censored, and the result covers the time until then. */
  signal?: AbortSignal;
}

export interface LoadProgress {
  phase: Phase;
  elapsedSec: number;
  /** Until the end of the window, since the length of the drain is unknown; null for a load with `total`. */
  totalSec: number | null;
  /** Streams that are open now. */
  open: number;
  started: number;
  ended: number;
  /** Ended streams that are neither completed nor left nor censored. */
  failed: number;
}

export interface LoadResult {
  /** One sample per started stream, in the order of their ends. */
  samples: StreamSample[];
  /** The version of HTTP that was spoken. */
  httpVersion: HttpVersion;
  /** The phases, cut off where the load ended. */
  phases: PhaseSpan[];
  /** The start of the load by `performance.now()`, from which `…AtMs` of the samples count. */
  startedAtMs: number;
  /** When the load started, in milliseconds after `startAtMs` by the clock of this machine; else 0. */
  beganAtMs: number;
  /** The health of this process over warm-up and window. */
  client: ProcessHealth;
  /** Whether the signal ended the load. */
  interrupted: boolean;
  /** When the arrivals of an open load were due that were not started because too many streams were open. */
  droppedAtMs: readonly number[];
}

/** The interval of limit checks: a stream may exceed its limit by this much. */
const limitCheckMs = 100;

const progressMs = 1000;

/**
 * Runs a load to its end: streams start until the window ends, and open ones then continue to their own
 * end, bounded by the stream limit. The window lasts its full time even if no further stream is due.
 *
 * All its sockets and timers are closed when the promise resolves.
 * @throws RehearsalError (usage) for a secret that is missing from the environment
 * @throws {TypeError} for a URL that is not http or https, and for an invalid header
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { profile, shard = wholeLoad, signal, onProgress } = options;
  const { request, authorization, secrets } = readTargetUrl(new URL(options.url));
  const template = requestTemplate(profile.request, options.headers ?? {}, {
    authorization,
    secrets: [...secrets, ...(options.secrets ?? [])],
    keepsAnswers: profile.conversation !== undefined,
    keyInPrompt: options.keyInPrompt,
  });
  const target = targetOf(request, methodOf(template.transport), options.trust ?? usualTrust);
  const httpVersion = options.httpVersion ?? (await agreeOnHttp(request, profile.request, signal));
  let plan = phasesOf(profile);
  const windowEndMs = lastStartMs(plan);
  let keysTaken = 0;
  /** Whether the last stream or conversation of a total has started. */
  let hasAll = false;
  const samples: StreamSample[] = [];
  let started = 0;
  let failed = 0;

  const beganAtMs = options.startAtMs === undefined ? 0 : Date.now() - options.startAtMs;
  const originMs = performance.now() - beganAtMs;
  const clock = (): number => performance.now() - originMs;
  /** Ends the window of a total just after the start of a stream. */
  const endWindowAfter = (startAtMs: number) => {
    plan = endWindow(plan, Math.max(clock(), startAtMs) + 1);
  };
  const context: ProbeContext = {
    openClient: clientOpener(target, { transport: template.transport, httpVersion }),
    format: template.format,
    requestFor(key, body) {
      if (body !== undefined) return template.requestFor(target.path, key, { body });
      const prompt = ownPromptOf(profile, options.seed ?? 1, key);
      return template.requestFor(target.path, key, prompt === null ? null : { prompt });
    },
    reconnects: mostReconnectsOf(profile.request),
    limits: { idleMs: profile.idleLimitMs, streamMs: profile.streamLimitMs },
    leaveAfterOf: (key) => leaveAfter(profile.leave, options.seed ?? 1, key),
    readingSpeedOf: (key) => readingSpeed(profile.readSlowly, options.seed ?? 1, key),
    nextKey(startAtMs, ownKey) {
      const { total } = profile;
      if (total === undefined) return ownKey;
      const n = keysTaken * shard.of + shard.number - 1;
      if (n >= total) return null;
      keysTaken += 1;
      hasAll = n + shard.of >= total;
      if (hasAll) endWindowAfter(startAtMs);
      return arrivalKeyOf(n);
    },
    clock,
    phaseAt: (atMs) => phaseAt(plan, atMs),
    onStart() {
      started += 1;
    },
    onEnd(unmasked) {
      const sample = {
        ...unmasked,
        contentType: unmasked.contentType && template.redact(unmasked.contentType),
        detail: template.redact(unmasked.detail),
      };
      samples.push(sample);
      if (!['completed', 'left', 'censored'].includes(sample.outcome)) failed += 1;
    },
  };
  const { arrivals } = profile;
  const openProbe = probeOpener(profile, context, template, (startAtMs) => {
    if (hasAll) endWindowAfter(startAtMs);
    return startAtMs < windowEndMs;
  });
  const open =
    arrivals === undefined
      ? null
      : startOpenLoad(profile, drawOf(options), shard, context, openProbe);
  const load = open ?? startClosedLoad(profile, shard, context, openProbe);

  const health = watchFromTo(
    (profile.total === undefined ? profile.rampMs : 0) - beganAtMs,
    windowEndMs - beganAtMs,
  );
  const limitTimer = setInterval(() => {
    load.checkLimits(clock());
  }, limitCheckMs);
  const progressTimer = setInterval(report, progressMs);

  async function waitUntil(endAtMs: number): Promise<void> {
    const remainingMs = endAtMs - clock();
    if (remainingMs <= 0) return;
    // A timer may fire a millisecond early by this clock. An abort ends the wait.
    await sleep(Math.ceil(remainingMs) + 1, undefined, { signal }).catch(() => {});
  }

  function report(): void {
    const nowMs = clock();
    onProgress?.({
      phase: phaseAt(plan, nowMs),
      elapsedSec: nowMs / 1000,
      totalSec: profile.total === undefined ? windowEndMs / 1000 : null,
      open: started - samples.length,
      started,
      ended: samples.length,
      failed,
    });
  }

  signal?.addEventListener('abort', load.abort, { once: true });
  if (signal?.aborted) load.abort();
  await load.done;
  if (profile.total === undefined) await waitUntil(windowEndMs);
  const interrupted = signal?.aborted === true;
  signal?.removeEventListener('abort', load.abort);
  clearInterval(limitTimer);
  clearInterval(progressTimer);
  report();

  return {
    samples,
    httpVersion,
    phases: cutPhases(plan, clock()),
    startedAtMs: originMs,
    beganAtMs,
    client: health.stop(),
    interrupted,
    droppedAtMs: open?.droppedAtMs ?? [],
  };
}

/** Returns the draw of the arrivals. Its empty key is no stream's, so its draws are independent of theirs. */
function drawOf({ seed = 1 }: LoadOptions) {
  return drawsFor({ seed, scenario: '', key: '' })('arrivals');
}
