import type { PlannedStream } from '../planned-stream.ts';
import { countChars } from '../../proto/notation/code-points.ts';

/**
 * Returns the stream for a client that has already read its first `fromChar` code points. They are sent at
 * once, for the gateway to skip; everything after them keeps its distance.
 */
export function resumeAt(stream: PlannedStream, fromChar: number): PlannedStream {
  /** The text up to the end of each chunk. */
  const ends: number[] = [];
  let chars = 0;
  for (const { delta } of stream.chunks) ends.push((chars += countChars(delta)));
  const lastRead = stream.chunks.find((_, index) => (ends[index] ?? 0) >= fromChar);
  const passedMs = (lastRead ?? stream.end).atMs;
  const earlier = (ms: number) => Math.max(0, ms - passedMs);
  const isOver = (index: number) => fromChar > 0 && (ends[index - 1] ?? 0) <= fromChar;
  return {
    ...stream,
    acceptAtMs: stream.acceptAtMs === null ? null : 0,
    // A hold up to which the client has read does not hold it again.
    chunks: stream.chunks.map(({ hold, ...chunk }, index) => ({
      ...chunk,
      atMs: earlier(chunk.atMs),
      ...(hold === undefined || isOver(index) ? {} : { hold }),
    })),
    end: { ...stream.end, atMs: earlier(stream.end.atMs) },
    wire: stream.wire.map((fault) =>
      fault.fault === 'cut' ? { ...fault, afterMs: earlier(fault.afterMs) } : fault,
    ),
  };
}
