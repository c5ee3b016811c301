import type { JudgedSample, PlannedComparison } from '../sample.ts';

/** Returns a completed stream of the window without text, with `changes`. */
export function makeSample(changes: Partial<JudgedSample> = {}): JudgedSample {
  return {
    slot: 0,
    key: 'k0',
    phase: 'window',
    startAtMs: 0,
    startLagMs: 0,
    status: 200,
    contentType: 'text/event-stream',
    arrivals: [],
    messages: 1,
    pings: 0,
    readSlowly: false,
    durationMs: 1000,
    outcome: 'completed',
    detail: '',
    textSha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    planned: null,
    ...changes,
  };
}

/** Returns the comparison with the plan of a stream whose text matches, without times. */
export function makePlanned(changes: Partial<PlannedComparison> = {}): PlannedComparison {
  return { latenessMs: [], hops: null, textMatches: true, foretold: null, ...changes };
}

/** Arrivals of five characters in a hundred bytes each, at the given times. */
export function arrivalsAt(...timesMs: number[]): JudgedSample['arrivals'] {
  return timesMs.map((atMs, index) => ({ atMs, chars: (index + 1) * 5, bytes: (index + 1) * 100 }));
}
