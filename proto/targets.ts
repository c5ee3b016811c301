/**
 * What the specification wants of a streaming interface (E3), as people write it in a scenario.
 *
 * Runs are judged by it and a gateway watches itself by it, so the numbers stand here, once.
 */
export const specifiedTargets = {
  firstChunk: { target: '500ms', alarm: '1s' },
  interval: { target: '100ms', alarm: '200ms' },
  connectionSuccess: { target: '99%', alarm: '95%' },
  concurrentStreams: { target: 1000, alarm: 1500 },
} as const;

export interface Limits {
  target: number;
  alarm: number;
}

/** How a value stands to its limits; `missed` is beyond the target and not yet at the alarm. */
export type LimitState = 'ok' | 'missed' | 'alarm';

/** Strict on both sides, as E3 writes them: a value on the target misses it, one on the alarm does not raise it. */
export function stateBelow(value: number, { target, alarm }: Limits): LimitState {
  if (value > alarm) return 'alarm';
  return value < target ? 'ok' : 'missed';
}

/** As `stateBelow`, of a value that should be above its limits. */
export function stateAbove(value: number, { target, alarm }: Limits): LimitState {
  if (value < alarm) return 'alarm';
  return value > target ? 'ok' : 'missed';
}
