import type { StreamSample } from '../../reports/sample.ts';

/** How much of the push interval a gateway may catch up when it was late. */
const catchUp = 0.9;

/**
 * Whether a stream has more messages than the push interval allows in its time (D2). The rate over the whole
 * stream counts, since a message that was late is followed by a shorter distance. The final message, or the
 * text before an error, may come with the end of the stream.
 */
export function isPushedTooOften(
  { arrivals, readSlowly }: Pick<StreamSample, 'arrivals' | 'readSlowly'>,
  pushIntervalMs: number,
): boolean {
  const firstMs = arrivals.at(0)?.atMs ?? 0;
  const spanMs = (arrivals.at(-1)?.atMs ?? 0) - firstMs;
  return !readSlowly && arrivals.length > Math.floor(spanMs / (pushIntervalMs * catchUp)) + 3;
}
