import type { Phase } from '../../reports/sample.ts';
import type { LoadProfile } from './profile.ts';

/** From `startAtMs` (in it) to `endAtMs` (not in it), milliseconds from the start of the load. */
export interface PhaseSpan {
  name: Phase;
  startAtMs: number;
  endAtMs: number;
}

type PhaseLengths = Pick<
  LoadProfile,
  'total' | 'rampMs' | 'warmUpMs' | 'windowMs' | 'streamLimitMs'
>;

/**
 * The plan of a load: always these four, in order, without gaps. A phase may be of no length.
 * The drain's end is the latest possible: the last stream of the window at its limit.
 *
 * Of a fixed number of streams every one is judged: the window begins at once, and its end is not
 * known before the last of them starts.
 */
export function phasesOf(profile: PhaseLengths): PhaseSpan[] {
  const warmUpAtMs = profile.total === undefined ? profile.rampMs : 0;
  const windowAtMs = warmUpAtMs + profile.warmUpMs;
  const drainAtMs = windowAtMs + profile.windowMs;
  return [
    { name: 'ramp', startAtMs: 0, endAtMs: warmUpAtMs },
    { name: 'warm-up', startAtMs: warmUpAtMs, endAtMs: windowAtMs },
    { name: 'window', startAtMs: windowAtMs, endAtMs: drainAtMs },
    {
      name: 'drain',
      startAtMs: drainAtMs,
      endAtMs: drainAtMs + profile.streamLimitMs,
    },
  ];
}

/** The phase that a moment is in; whatever comes after the last is counted as drain. */
export function phaseAt(spans: readonly PhaseSpan[], atMs: number): Phase {
  return spans.find(({ endAtMs }) => atMs < endAtMs)?.name ?? 'drain';
}

/** When no further stream starts: the end of the window. */
export function lastStartMs(spans: readonly PhaseSpan[]): number {
  return spans.find(({ name }) => name === 'window')?.endAtMs ?? 0;
}

/** The plan with its window over at a moment. */
export function endWindow(spans: readonly PhaseSpan[], endAtMs: number): PhaseSpan[] {
  return spans.map((span) => {
    if (span.name === 'window') return { ...span, endAtMs };
    return span.name === 'drain' ? { ...span, startAtMs: endAtMs } : span;
  });
}

/** What became of the plan in a load that was over at `endAtMs`. */
export function cutPhases(spans: readonly PhaseSpan[], endAtMs: number): PhaseSpan[] {
  return spans.map((span) => ({
    name: span.name,
    startAtMs: Math.min(span.startAtMs, endAtMs),
    endAtMs: Math.min(span.endAtMs, endAtMs),
  }));
}
