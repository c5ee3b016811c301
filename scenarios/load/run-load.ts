import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { urlToHttpOptions } from 'node:url';

import type { Phase, StreamSample } from '../../reports/sample.ts';
import { drawsFor } from '../../proto/draws.ts';
import type { ProcessHealth } from '../processes/process-health.ts';
import { watchFromTo } from './client-health.ts';
import { startClosedLoad } from './closed-load.ts';
import { startOpenLoad } from './open-load.ts';
import { cutPhases, endWindow, lastStartMs, phaseAt, type PhaseSpan, phasesOf } from './phases.ts';
import { leaveAfter } from './leave.ts';
import type { LoadProfile } from './profile.ts';
import { readingSpeed } from './reading-speed.ts';
import { arrivalKeyOf, requestTemplate } from './request.ts';
import type { Target } from './client/steered-client.ts';
import type { ProbeContext } from './client/stream-probe.ts';
import { readTargetUrl } from './target-url.ts';

export interface LoadOptions {
  /**
   * Where the requests go, path and all: `http://localhost:8080/api/v1/ai/generate`. A user and a
   * password in it are sent as `Authorization: Basic …`.
   */
  url: string;
  profile: LoadProfile;
  /** Decides what the load draws: when its streams arrive, and which are left. */
  seed?: number;
  /** Sent with every request, such as the scenario and the seed of `proto/metadata.ts`. */
  headers?: Readonly<Record<string, string>>;
  /** Texts that are redacted wherever the server says them back. Those of the URL and of the profile are anyway. */
  secrets?: readonly string[];
  /** Whether an https server may have a certificate that cannot be verified. */
  insecure?: boolean;
  /** Called about once a second, and once more at the end. */
  onProgress?: (progress: LoadProgress) => void;
  /** Ends the load at once: open streams are censored, the result is of what was. */
  signal?: AbortSignal;
}

export interface LoadProgress {
  phase: Phase;
  elapsedSec: number;
  /** Until the window's end; how long the drain takes is not known before. Null where a number of streams ends it. */
  totalSec: number | null;
  /** Streams open now. */
  open: number;
  started: number;
  ended: number;
  /** Of those that ended: neither completed nor left nor censored. */
  failed: number;
}

export interface LoadResult {
  /** One of every stream that was started, in the order in which they ended. */
  samples: StreamSample[];
  /** As they were: cut off where the load was over. */
  phases: PhaseSpan[];
  /** The moment that `…AtMs` of the samples counts from, as `performance.now()` has it. */
  startedAtMs: number;
  /** Over warm-up and window. */
  client: ProcessHealth;
  /** Whether the signal ended it: streams that were open are censored. */
  interrupted: boolean;
  /** When arrivals of an open load were due that could not be started: too many streams were open. */
  droppedAtMs: readonly number[];
}

/** How often limits are looked at: a stream may stand so much longer than its limit says. */
const limitCheckMs = 100;

const progressMs = 1000;

/**
 * Runs a load to its end: slots, each one stream after another until the window ends, or arrivals
 * until then. Streams that are open then run on to their own end; the stream limit bounds that. The
 * window lasts its time even where no further stream is due in it.
 *
 * Everything it opened is closed when it resolves.
 * @throws RehearsalError (usage) for a secret that the environment does not have
 * @throws {TypeError} for a URL that is not of http or https, or a header that HTTP does not allow
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { profile, signal, onProgress } = options;
  const { request, authorization, secrets } = readTargetUrl(new URL(options.url));
  const template = requestTemplate(profile.request, options.headers ?? {}, {
    authorization,
    secrets: [...secrets, ...(options.secrets ?? [])],
  });
  const target = targetOf(request, template.body, options.insecure ?? false);
  let plan = phasesOf(profile);
  const windowEndMs = lastStartMs(plan);
  let taken = 0;
  const samples: StreamSample[] = [];
  let started = 0;
  let failed = 0;

  const originMs = performance.now();
  const clock = (): number => performance.now() - originMs;
  const context: ProbeContext = {
    target,
    headersFor: template.headersFor,
    limits: { idleMs: profile.idleLimitMs, streamMs: profile.streamLimitMs },
    leaveAfterOf: (key) => leaveAfter(profile.leave, options.seed ?? 1, key),
    readingSpeedOf: (key) => readingSpeed(profile.readSlowly, options.seed ?? 1, key),
    nextKey(startAtMs, ownKey) {
      const { total } = profile;
      if (total === undefined) return ownKey;
      if (taken === total) return null;
      taken += 1;
      // The last of them is the end of the window, and in it.
      if (taken === total) plan = endWindow(plan, Math.max(clock(), startAtMs) + 1);
      return arrivalKeyOf(taken - 1);
    },
    clock,
    phaseAt: (atMs) => phaseAt(plan, atMs),
    onStart() {
      started += 1;
    },
    onEnd(ended) {
      const sample = {
        ...ended,
        contentType: ended.contentType && template.redact(ended.contentType),
        detail: template.redact(ended.detail),
      };
      samples.push(sample);
      if (!['completed', 'left', 'censored'].includes(sample.outcome)) failed += 1;
    },
  };
  const { arrivals } = profile;
  const open =
    arrivals === undefined ? null : startOpenLoad(profile, arrivals.law, drawOf(options), context);
  const load = open ?? startClosedLoad(profile, context);

  const health = watchFromTo(profile.total === undefined ? profile.rampMs : 0, windowEndMs);
  const limitTimer = setInterval(() => {
    load.checkLimits(clock());
  }, limitCheckMs);
  const progressTimer = setInterval(report, progressMs);

  async function waitUntil(endAtMs: number): Promise<void> {
    const remainingMs = endAtMs - clock();
    if (remainingMs <= 0) return;
    // A timer may be a millisecond early by this clock. An abort ends the wait.
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
    phases: cutPhases(plan, clock()),
    startedAtMs: originMs,
    client: health.stop(),
    interrupted,
    droppedAtMs: open?.droppedAtMs ?? [],
  };
}

/** No stream has this key, so no stream's draw is taken. */
function drawOf({ seed = 1 }: LoadOptions) {
  return drawsFor({ seed, scenario: '', key: '' })('arrivals');
}

function targetOf(parsed: URL, body: string, insecure: boolean): Target {
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TypeError(`a load is of http or https, not of ${parsed.protocol}`);
  }
  // `hostname` without the brackets of an IPv6 address: it goes to the socket, `host` to the header.
  const { hostname, path } = urlToHttpOptions(parsed);
  return {
    protocol: parsed.protocol,
    hostname: hostname ?? parsed.hostname,
    port: Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80),
    host: parsed.host,
    path: path ?? '/',
    method: 'POST',
    body,
    insecure,
  };
}
