import type { StreamSample } from '../../../reports/sample.ts';

/** The shortest pause after a failed stream. */
const leastPauseMs = 100;

/** The longest pause: a slot attempts to reach a server that is down once in two seconds. */
const mostPauseMs = 2000;

/**
 * Returns the back-off of a slot after a stream, in milliseconds. Without it a closed load would answer
 * refusals with thousands of attempts per second and only measure itself. A stream without a message
 * doubles the pause; a failed stream with one resets it to the shortest.
 * @param previousMs the pause after the slot's previous stream, or 0
 */
export function pauseAfterMs(
  { outcome, messages }: Pick<StreamSample, 'outcome' | 'messages'>,
  previousMs: number,
): number {
  if (outcome === 'completed' || outcome === 'left') return 0;
  if (messages > 0) return leastPauseMs;
  return Math.min(mostPauseMs, Math.max(leastPauseMs, previousMs * 2));
}
