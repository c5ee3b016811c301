import type { StreamSample } from '../../reports/sample.ts';

/** The shortest pause after a stream that did not end well. */
const leastPauseMs = 100;

/** The longest, and so what a slot does to a server that is down: one attempt in two seconds. */
const mostPauseMs = 2000;

/**
 * How long a slot pauses after a stream for trouble's sake, as any client would: a closed load
 * would otherwise answer refusals with thousands of attempts a second and measure only itself.
 * Streams that got no message at all double the pause; after one that got some it is short again.
 * @param previousMs the pause after the slot's stream before, 0 where there was none
 */
export function pauseAfterMs(
  { outcome, messages }: Pick<StreamSample, 'outcome' | 'messages'>,
  previousMs: number,
): number {
  if (outcome === 'completed' || outcome === 'left') return 0;
  if (messages > 0) return leastPauseMs;
  return Math.min(mostPauseMs, Math.max(leastPauseMs, previousMs * 2));
}
