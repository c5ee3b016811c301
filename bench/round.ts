import { setTimeout as sleep } from 'node:timers/promises';

import { summarize } from '../reports/statistics/distribution.ts';
import { watchProcess } from '../scenarios/processes/process-health.ts';
import { usageOf } from './group-usage.ts';
import { createLeanClient, type LeanClient } from './lean-client.ts';
import type { Schedule } from './schedule.ts';
import type { ServerUnderTest } from './servers.ts';

/** So many streams, opened evenly over the ramp, then all held; what is measured is seen in the window. */
export interface Load {
  streams: number;
  rampMs: number;
  windowMs: number;
  /** The interval of the schedule. */
  intervalMs: number;
}

/** What one server did under one load, once; of all its processes together. */
export interface RoundFigures {
  cpuPerEventUs: number;
  cpuCores: number;
  /** Beyond what it had once it was warm. */
  memoryPerStreamKb: number;
  eventsPerSec: number;
  /** Words that were read in the window, of those that were due in it. */
  goodShare: number;
  brokenStreams: number;
  /** Of each stream's first word, after its plan. */
  firstLateP50Ms: number;
  firstLateP99Ms: number;
  firstLateMaxMs: number;
  /** Of each event in the window, after the plan of its first word. */
  lateP50Ms: number;
  lateP99Ms: number;
  lateMaxMs: number;
  /** The same, less what the stream's first word was late. */
  driftP99Ms: number;
  /** The load client's own: beyond some milliseconds it is the client that is measured. */
  clientCpuCores: number;
  clientLoopDelayP99Ms: number;
}

const firstMs = 200;

/** Between the ramp and the window: the last streams have their first words, and starting is over. */
const settleMs = 1200;

/** Streams outlast the window by that. */
const marginMs = 3000;

/** Streams that every server serves first, and that leave: it is not the compiler that is measured. */
const warmUpStreams = 200;

const warmUpMs = 1500;

/** Until the server has done with them. */
const guestsGoneMs = 300;

/** Starts the server, warms it up, puts the load on it, and ends both. */
export async function measureRound(
  server: ServerUnderTest,
  load: Load,
  signal: AbortSignal,
): Promise<RoundFigures> {
  const { port, dialect, schedule, groups, close } = await server.start(scheduleFor(load), signal);
  const guests = createLeanClient({ port, dialect, schedule });
  const client = createLeanClient({ port, dialect, schedule });
  try {
    await openOverRamp(guests, warmUpStreams, warmUpMs, signal);
    guests.close();
    await sleep(guestsGoneMs, undefined, { signal });
    const idle = await usageOf(groups);
    await openOverRamp(client, load.streams, load.rampMs, signal);
    await sleep(settleMs, undefined, { signal });

    const watch = watchProcess();
    const before = await usageOf(groups);
    const fromMs = performance.now();
    client.measure();
    await sleep(load.windowMs, undefined, { signal });
    const seen = client.take();
    const windowMs = performance.now() - fromMs;
    const after = await usageOf(groups);
    const own = watch.stop();

    const cpuMs = after.cpuMs - before.cpuMs;
    const firstLate = summarize(client.firstLatenessMs);
    const late = summarize(seen.latenessMs);
    return {
      cpuPerEventUs: (cpuMs * 1000) / seen.events,
      cpuCores: cpuMs / windowMs,
      memoryPerStreamKb: (after.rssBytes - idle.rssBytes) / 1024 / load.streams,
      eventsPerSec: (seen.events / windowMs) * 1000,
      goodShare: seen.words / ((load.streams * windowMs) / load.intervalMs),
      brokenStreams: client.broken(),
      firstLateP50Ms: firstLate?.p50 ?? Number.NaN,
      firstLateP99Ms: firstLate?.p99 ?? Number.NaN,
      firstLateMaxMs: firstLate?.max ?? Number.NaN,
      lateP50Ms: late?.p50 ?? Number.NaN,
      lateP99Ms: late?.p99 ?? Number.NaN,
      lateMaxMs: late?.max ?? Number.NaN,
      driftP99Ms: summarize(seen.driftMs)?.p99 ?? Number.NaN,
      clientCpuCores: own.cpuCores,
      clientLoopDelayP99Ms: own.loopDelayMs.p99,
    };
  } finally {
    guests.close();
    client.close();
    await close();
  }
}

const startsPerSec = 200;

const startsWarmUpMs = 2500;

const startsWindowMs = 2500;

/**
 * Processor time that a stream takes to start and to end, with one word between, in microseconds, at 200
 * of them a second.
 */
export async function measureStarts(server: ServerUnderTest, signal: AbortSignal): Promise<number> {
  const { port, dialect, schedule, groups, close } = await server.start(
    { firstMs, intervalMs: 50, words: 1 },
    signal,
  );
  const client = createLeanClient({ port, dialect, schedule });
  const open = (forMs: number) =>
    openOverRamp(client, (startsPerSec * forMs) / 1000, forMs, signal);
  try {
    await open(startsWarmUpMs);
    const before = await usageOf(groups);
    await open(startsWindowMs);
    const after = await usageOf(groups);
    return ((after.cpuMs - before.cpuMs) * 1000) / ((startsPerSec * startsWindowMs) / 1000);
  } finally {
    client.close();
    await close();
  }
}

function scheduleFor({ rampMs, windowMs, intervalMs }: Load): Schedule {
  const lastsMs = rampMs + settleMs + windowMs + marginMs;
  return { firstMs, intervalMs, words: Math.ceil(lastsMs / intervalMs) };
}

async function openOverRamp(
  client: LeanClient,
  streams: number,
  rampMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  for (let opened = 0; opened < streams;) {
    const share = rampMs === 0 ? 1 : (performance.now() - startMs) / rampMs;
    const due = Math.min(streams, Math.ceil(share * streams));
    for (; opened < due; opened += 1) client.open();
    if (opened < streams) await sleep(1, undefined, { signal });
  }
}
