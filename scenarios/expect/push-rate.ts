import type { StreamSample } from '../../reports/sample.ts';

/** How much of the push interval a gateway may catch up when it was late. */
const catchUp = 0.9;

/**
 * Returns how many messages a gateway may push in a time (D2), its first one included. The rate over the whole time
 * counts, since a message that was late is followed by a shorter distance.
 */
export function mostPushesIn(spanMs: number, pushIntervalMs: number): number {
  return Math.floor(spanMs / (pushIntervalMs * catchUp)) + 2;
}

/**
 * Whether a stream has more messages than the push interval allows in its time. The final message, or the text before an
 * error, may come with the end of the stream.
 */
export function isPushedTooOften(
  { arrivals, readSlowly }: Pick<StreamSample, 'arrivals' | 'readSlowly'>,
  pushIntervalMs: number,
): boolean {
  const firstMs = arrivals.at(0)?.atMs ?? 0;
  const spanMs = (arrivals.at(-1)?.atMs ?? 0) - firstMs;
  return !readSlowly && arrivals.length > mostPushesIn(spanMs, pushIntervalMs) + 1;
}
