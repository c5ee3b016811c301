import type { Phase } from '../../../reports/sample.ts';
import type { LoadProfile } from './profile.ts';

/** From `startAtMs` (inclusive) to `endAtMs` (exclusive), in milliseconds from the start of the load. */
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
 * Returns the phases of a load: always these four, in order, without gaps. A phase may be empty. The end
 * of the drain is the latest possible: the last stream of the window at its limit.
 *
 * With a fixed number of streams all are judged: the window begins at once, and its end is not known
 * before the last stream starts.
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

/** Returns the phase of a moment; after the last phase it is drain. */
export function phaseAt(spans: readonly PhaseSpan[], atMs: number): Phase {
  return spans.find(({ endAtMs }) => atMs < endAtMs)?.name ?? 'drain';
}

/** Returns the time from which no stream starts: the end of the window. */
export function lastStartMs(spans: readonly PhaseSpan[]): number {
  return spans.find(({ name }) => name === 'window')?.endAtMs ?? 0;
}

/** Returns the phases with the window ending at a moment. */
export function endWindow(spans: readonly PhaseSpan[], endAtMs: number): PhaseSpan[] {
  return spans.map((span) => {
    if (span.name === 'window') return { ...span, endAtMs };
    return span.name === 'drain' ? { ...span, startAtMs: endAtMs } : span;
  });
}

/** Returns the phases of a load that was over at `endAtMs`, cut off there. */
export function cutPhases(spans: readonly PhaseSpan[], endAtMs: number): PhaseSpan[] {
  return spans.map((span) => ({
    name: span.name,
    startAtMs: Math.min(span.startAtMs, endAtMs),
    endAtMs: Math.min(span.endAtMs, endAtMs),
  }));
}
