import { z } from 'zod';

import { summarize } from '../statistics/distribution.ts';
import { openStretches } from './open-streams.ts';
import type { StreamSample } from '../sample.ts';
import { firstChunkMs } from './stream-times.ts';

const perSecond = z.array(z.number().nonnegative());

/** The load second by second: entry i covers the second that starts i seconds after the load's start. */
export const seriesSchema = z.strictObject({
  openStreams: perSecond.describe('Most streams open at once in the second.'),
  started: perSecond.describe('Streams that started in the second.'),
  ended: perSecond.describe('Streams that ended in the second, censored ones too.'),
  failed: perSecond.describe('Streams that ended in the second, neither completed nor censored.'),
  messages: perSecond.describe('Messages with text that arrived in the second.'),
  firstChunkP50Ms: z
    .array(z.number().nullable())
    .describe('Median time to first chunk of the streams that started in the second.'),
});

export type Series = z.infer<typeof seriesSchema>;

/** Computes the per-second series over the whole load, all phases; empty lists for no samples. */
export function computeSeries(samples: readonly StreamSample[]): Series {
  const length = countSeconds(samples);
  const zeros = () => Array.from({ length }, () => 0);
  const [started, ended, failed, messages] = [zeros(), zeros(), zeros(), zeros()];
  const firstChunks = Array.from({ length }, (): number[] => []);
  for (const sample of samples) {
    const endAtMs = sample.startAtMs + sample.durationMs;
    addOne(started, sample.startAtMs);
    addOne(ended, endAtMs);
    if (sample.outcome !== 'completed' && sample.outcome !== 'censored') addOne(failed, endAtMs);
    for (const arrival of sample.arrivals) addOne(messages, sample.startAtMs + arrival.atMs);
    const first = firstChunkMs(sample);
    if (first !== null) firstChunks[secondOf(sample.startAtMs)]?.push(first);
  }
  return {
    openStreams: openPerSecond(samples, zeros()),
    started,
    ended,
    failed,
    messages,
    firstChunkP50Ms: firstChunks.map((times) => summarize(times)?.p50 ?? null),
  };
}

function openPerSecond(samples: readonly StreamSample[], peaks: number[]): number[] {
  for (const { startAtMs, endAtMs, open } of openStretches(samples)) {
    for (let second = secondOf(startAtMs); second * 1000 < endAtMs; second += 1) {
      peaks[second] = Math.max(peaks[second] ?? 0, open);
    }
  }
  return peaks;
}

function countSeconds(samples: readonly StreamSample[]): number {
  let lastMs = -1;
  for (const { startAtMs, durationMs } of samples) {
    lastMs = Math.max(lastMs, startAtMs + durationMs);
  }
  return secondOf(lastMs) + 1;
}

function addOne(perSecond: number[], atMs: number): void {
  const second = secondOf(atMs);
  perSecond[second] = (perSecond[second] ?? 0) + 1;
}

function secondOf(atMs: number): number {
  return Math.floor(atMs / 1000);
}
