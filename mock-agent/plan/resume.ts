import type { PlannedStream } from '../planned-stream.ts';
import { countChars } from '../../proto/notation/code-points.ts';

/**
 * Returns the stream for a client that has already read its first `fromChar` code points. They are sent at
 * once, for the gateway to skip; everything after them keeps its distance.
 */
export function resumeAt(stream: PlannedStream, fromChar: number): PlannedStream {
  let chars = 0;
  const lastRead = stream.chunks.find(({ delta }) => (chars += countChars(delta)) >= fromChar);
  const passedMs = (lastRead ?? stream.end).atMs;
  const earlier = (ms: number) => Math.max(0, ms - passedMs);
  return {
    ...stream,
    acceptAtMs: stream.acceptAtMs === null ? null : 0,
    // A hold in text that the client has read does not hold it again.
    chunks: stream.chunks.map(({ hold, ...chunk }) => ({
      ...chunk,
      atMs: earlier(chunk.atMs),
      ...(hold === undefined || chunk.atMs <= passedMs ? {} : { hold }),
    })),
    end: { ...stream.end, atMs: earlier(stream.end.atMs) },
    wire: stream.wire.map((fault) =>
      fault.fault === 'cut' ? { ...fault, afterMs: earlier(fault.afterMs) } : fault,
    ),
  };
}
