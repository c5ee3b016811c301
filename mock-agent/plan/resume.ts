import type { PlannedStream } from '../planned-stream.ts';
import { countChars } from '../text/tokens.ts';

/**
 * The stream for a client that has read its first characters (code points) already: they come at once,
 * so that whoever forwards it can leave them out, and the rest at its distance from them.
 */
export function resumeAt(stream: PlannedStream, fromChar: number): PlannedStream {
  let chars = 0;
  const reached = stream.chunks.find(({ delta }) => (chars += countChars(delta)) >= fromChar);
  const passedMs = (reached ?? stream.end).atMs;
  const earlier = (ms: number) => Math.max(0, ms - passedMs);
  return {
    ...stream,
    acceptAtMs: stream.acceptAtMs === null ? null : 0,
    chunks: stream.chunks.map((chunk) => ({ ...chunk, atMs: earlier(chunk.atMs) })),
    end: { ...stream.end, atMs: earlier(stream.end.atMs) },
    wire: stream.wire.map((fault) =>
      fault.fault === 'cut' ? { ...fault, afterMs: earlier(fault.afterMs) } : fault,
    ),
  };
}
