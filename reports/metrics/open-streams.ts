import { isStreamed, type StreamSample } from '../sample.ts';

/** A part of a run, in milliseconds from the start of the load; the end is not part of it. */
export interface Stretch {
  startAtMs: number;
  endAtMs: number;
}

/** A span with a constant number of open streams. */
export interface OpenStretch extends Stretch {
  open: number;
}

type Lifetime = Pick<StreamSample, 'startAtMs' | 'durationMs' | 'status' | 'contentType'>;

/**
 * Returns the number of concurrent streams, span by span, from the first start to the last end.
 *
 * Only requests that were answered with a stream count, from their start to their end: a thousand
 * requests that wait for an answer are not a thousand supported streams. A stream that ends in the
 * instant another starts does not overlap it.
 */
export function openStretches(samples: readonly Lifetime[]): OpenStretch[] {
  const connected = samples.filter(isStreamed);
  const starts = Float64Array.from(connected, (sample) => sample.startAtMs).sort();
  const ends = Float64Array.from(
    connected,
    (sample) => sample.startAtMs + sample.durationMs,
  ).sort();
  const stretches: OpenStretch[] = [];
  let started = 0;
  let ended = 0;
  let atMs = starts[0] ?? 0;
  while (ended < ends.length) {
    while (starts[started] === atMs) started += 1;
    while (ends[ended] === atMs) ended += 1;
    const nextAtMs = Math.min(starts[started] ?? Infinity, ends[ended] ?? Infinity);
    if (nextAtMs === Infinity) break;
    stretches.push({ startAtMs: atMs, endAtMs: nextAtMs, open: started - ended });
    atMs = nextAtMs;
  }
  return stretches;
}

/** The peak of concurrent streams. */
export function peakOpen(stretches: readonly OpenStretch[]): number {
  let peak = 0;
  for (const { open } of stretches) peak = Math.max(peak, open);
  return peak;
}

/** The time-weighted mean of concurrent streams within a span; 0 for an empty span. */
export function meanOpen(stretches: readonly OpenStretch[], within: Stretch): number {
  const lengthMs = within.endAtMs - within.startAtMs;
  if (lengthMs <= 0) return 0;
  let openMs = 0;
  for (const { startAtMs, endAtMs, open } of stretches) {
    const fromMs = Math.max(startAtMs, within.startAtMs);
    const toMs = Math.min(endAtMs, within.endAtMs);
    if (toMs > fromMs) openMs += open * (toMs - fromMs);
  }
  return openMs / lengthMs;
}
