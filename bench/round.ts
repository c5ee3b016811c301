import { setTimeout as sleep } from 'node:timers/promises';

import { summarize } from '../reports/statistics/distribution.ts';
import { watchProcess } from '../scenarios/processes/process-health.ts';
import { usageOf } from './group-usage.ts';
import { createLeanClient, type LeanClient } from './lean-client.ts';
import type { Schedule } from './schedule.ts';
import type { ServerUnderTest } from './servers.ts';

/** Streams that open evenly during the ramp and stay open. Only the window is measured. */
export interface Load {
  streams: number;
  rampMs: number;
  windowMs: number;
  /** The time between two words of a stream. */
  intervalMs: number;
}

/** The figures of one server under one load, for all its processes together. */
export interface RoundFigures {
  cpuPerEventUs: number;
  cpuCores: number;
  /** Growth since the end of the warm-up. */
  memoryPerStreamKb: number;
  eventsPerSec: number;
  /** Share of the words due in the window that were read in it. */
  goodShare: number;
  brokenStreams: number;
  /** Lateness of each stream's first word against its schedule. */
  firstLateP50Ms: number;
  firstLateP99Ms: number;
  firstLateMaxMs: number;
  /** Lateness of each event in the window against its schedule. */
  lateP50Ms: number;
  lateP99Ms: number;
  lateMaxMs: number;
  /** Lateness of each event beyond that of its stream's first word. */
  driftP99Ms: number;
  /** Figures of the load client. With more than a few milliseconds of delay the client limits the measurement. */
  clientCpuCores: number;
  clientLoopDelayP99Ms: number;
}

const firstMs = 200;

/** Time between ramp and window, in which the last streams get their first words. */
const settleMs = 1200;

/** How long streams go on after the window. */
const marginMs = 3000;

/** Streams of the warm-up, which exclude compilation from the measurement. */
const warmUpStreams = 200;

const warmUpMs = 1500;

/** Time for the server to end the streams of the warm-up. */
const guestsGoneMs = 300;

/** Starts the server, warms it up, measures it under the load, and closes it. */
export async function measureRound(
  server: ServerUnderTest,
  load: Load,
  signal: AbortSignal,
): Promise<RoundFigures> {
  const started = await server.start(scheduleFor(load), signal);
  const { groups, close } = started;
  const guests = createLeanClient(started);
  const client = createLeanClient(started);
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
    const figures = client.take();
    const windowMs = performance.now() - fromMs;
    const after = await usageOf(groups);
    const own = watch.stop();

    const cpuMs = after.cpuMs - before.cpuMs;
    const firstLate = summarize(client.firstLatenessMs);
    const late = summarize(figures.latenessMs);
    return {
      cpuPerEventUs: (cpuMs * 1000) / figures.events,
      cpuCores: cpuMs / windowMs,
      memoryPerStreamKb: (after.rssBytes - idle.rssBytes) / 1024 / load.streams,
      eventsPerSec: (figures.events / windowMs) * 1000,
      goodShare: figures.words / ((load.streams * windowMs) / load.intervalMs),
      brokenStreams: client.broken(),
      firstLateP50Ms: firstLate?.p50 ?? Number.NaN,
      firstLateP99Ms: firstLate?.p99 ?? Number.NaN,
      firstLateMaxMs: firstLate?.max ?? Number.NaN,
      lateP50Ms: late?.p50 ?? Number.NaN,
      lateP99Ms: late?.p99 ?? Number.NaN,
      lateMaxMs: late?.max ?? Number.NaN,
      driftP99Ms: summarize(figures.driftMs)?.p99 ?? Number.NaN,
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
 * Returns the processor time to start and end a stream of one word, in microseconds, at 200 streams a second.
 */
export async function measureStarts(server: ServerUnderTest, signal: AbortSignal): Promise<number> {
  const started = await server.start({ firstMs, intervalMs: 50, words: 1 }, signal);
  const { groups, close } = started;
  const client = createLeanClient(started);
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
