import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { renderStreams } from '../../reports/render/streams.ts';
import type { JudgedSample } from '../../reports/sample.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';
import { agreeOnHttp } from '../load/target/http-version.ts';
import { refuseLargeLoad } from '../load/profile/refuse-large-load.ts';
import type { LoadProgress, LoadResult } from '../load/run-load.ts';
import { largestShare, type Shard } from '../load/profile/shard.ts';
import { readTargetUrl } from '../load/target/target-url.ts';
import { acceptsAny, type Trust } from '../load/target/trust.ts';
import { refuseTooFewFiles } from '../processes/open-files.ts';
import { knownFactsOf } from '../run/describe-run.ts';
import { measureTarget, targetUrl } from '../run/measure-target.ts';
import { writeFiles } from '../run/write-run.ts';
import {
  renderShardFile,
  shardFileName,
  streamsFileName,
  type ShardFile,
  type ShardResult,
} from './shard-file.ts';

export interface ShardOptions {
  target: string;
  shard: Shard;
  /** The common start of all shards, in milliseconds since the epoch. */
  startAtMs: number;
  /** Replaces the scenario's seed. */
  seed?: number | undefined;
  /** Headers of every request; their values are secrets. */
  headers: Readonly<Record<string, string>>;
  trust?: Trust | undefined;
  onProgress(progress: LoadProgress): void;
  /** Ends the shard at once; it then stays incomplete. */
  signal: AbortSignal;
}

/** How late a shard may start; more than the bound of a valid merge, so that its report tells of it. */
export const latestMs = 1000;

/** The longest wait for the start: a later start is a mistake in the time. */
export const longestWaitMs = 24 * 3_600_000;

/** The clock is read again after this time: it may be set during the wait. */
const clockCheckMs = 1000;

/** @throws RehearsalError (usage) for a shard that the load has no slots for, or too many for one process */
export function refuseShard({ load, name }: Scenario, shard: Shard): void {
  const { arrivals, streams } = load;
  if (arrivals === undefined && shard.of > streams) {
    throw new RehearsalError(
      'usage',
      `--shard: the load of ${name} has ${streams} streams at once, which are not enough for ${shard.of} shards`,
    );
  }
  refuseLargeLoad(load, shard);
  if (arrivals === undefined) refuseTooFewFiles(largestShare(streams, shard));
}

/** @throws RehearsalError (usage) for a start that has passed, or is more than a day ahead */
export function refuseStart(startAtMs: number, nowMs = Date.now()): void {
  const start = new Date(startAtMs).toISOString();
  const lateMs = nowMs - startAtMs;
  if (lateMs > latestMs) {
    throw new RehearsalError(
      'usage',
      `--start-at: ${start} was ${(lateMs / 1000).toFixed(1)} s ago by the clock of this machine; choose a time that every shard can reach`,
    );
  }
  if (-lateMs > longestWaitMs) {
    throw new RehearsalError(
      'usage',
      `--start-at: ${start} is more than a day ahead; write a time within the next 24 hours`,
    );
  }
}

/**
 * Runs one shard of a load from the common start on, and writes its files: `shard.json` without a result
 * before the load, with it after the load, and `streams.jsonl` last.
 * @returns the number of its streams
 * @throws RehearsalError (usage) if the start has passed, or if a file cannot be written
 * @throws the signal's reason
 */
export async function runShard(
  scenario: Scenario,
  folder: string,
  options: ShardOptions,
): Promise<number> {
  const { target, shard, startAtMs, headers, trust, onProgress, signal } = options;
  const seed = options.seed ?? scenario.seed;
  const url = targetUrl(target, scenario.load.request);
  const { request } = readTargetUrl(new URL(url));
  const httpVersion = await agreeOnHttp(request, scenario.load.request, signal);
  const { toolVersion, ...known } = knownFactsOf(scenario, seed, { httpVersion });
  const facts: Omit<ShardFile, 'version' | 'result'> = {
    tool: { name: 'rehearsal', version: toolVersion },
    shard,
    startAt: new Date(startAtMs).toISOString(),
    target: readTargetUrl(new URL(url)).text,
    insecure: acceptsAny(url, trust),
    ...known,
  };
  refuseStart(startAtMs);
  // Streams of an earlier run would make an incomplete shard look complete.
  await rm(join(folder, streamsFileName), { force: true });
  await writeFiles(folder, { [shardFileName]: [renderShardFile({ ...facts, result: null })] });
  await waitUntil(startAtMs, signal);
  refuseStart(startAtMs);
  const clock = watchClock();
  const load = await measureTarget(scenario, url, {
    seed,
    shard,
    startAtMs,
    headers,
    trust,
    httpVersion,
    onProgress,
    signal,
  });
  signal.throwIfAborted();
  const result = resultOf(load, clock.setMs());
  await writeFiles(folder, {
    [shardFileName]: [renderShardFile({ ...facts, result })],
    [streamsFileName]: renderStreams(load.samples.map(withoutPlan), { all: true, seed }),
  });
  return result.streams;
}

function resultOf(load: LoadResult, clockSetMs: number): ShardResult {
  return {
    startedAfterMs: load.beganAtMs,
    clockSetMs,
    endedAfterMs: Math.max(0, ...load.phases.map(({ endAtMs }) => endAtMs)),
    phases: load.phases,
    client: load.client,
    droppedAtMs: [...load.droppedAtMs],
    streams: load.samples.length,
  };
}

function withoutPlan(sample: LoadResult['samples'][number]): JudgedSample {
  return { ...sample, planned: null };
}

/** Waits until a moment by the clock of the machine. */
async function waitUntil(atMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const remainingMs = atMs - Date.now();
    if (remainingMs <= 0) return;
    await sleep(Math.min(remainingMs, clockCheckMs), undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
}

function clockOffsetMs(): number {
  return Date.now() - performance.now();
}

/** Compares the clock of the machine with one that nobody sets. */
function watchClock(): { setMs(): number } {
  const startMs = clockOffsetMs();
  return { setMs: () => clockOffsetMs() - startMs };
}
