/**
 * The specified targets of a streaming interface (E3), in the notation of scenarios.
 *
 * Used both for the verdict of runs and for the gateway's own monitoring.
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

/** A value compared with its limits; `missed` is between target and alarm. */
export type LimitState = 'ok' | 'missed' | 'alarm';

/** Compares a value that should be below its limits. A value equal to the target misses it (E3). */
export function stateBelow(value: number, { target, alarm }: Limits): LimitState {
  if (value > alarm) return 'alarm';
  return value < target ? 'ok' : 'missed';
}

/** Like `stateBelow`, for a value that should be above its limits. */
export function stateAbove(value: number, { target, alarm }: Limits): LimitState {
  if (value < alarm) return 'alarm';
  return value > target ? 'ok' : 'missed';
}
