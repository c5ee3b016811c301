import type { PlannedStream } from '../planned-stream.ts';

type Accepted = Pick<PlannedStream, 'acceptAtMs' | 'wire'>;

/**
 * Returns the stream with its initial metadata after `waitMs` at the latest; all else keeps its time.
 * @param waitMs NaN for no limit
 */
export function acceptWithin<S extends Accepted>(stream: S, waitMs: number): S {
  const { acceptAtMs, wire } = stream;
  if (acceptAtMs === null || !(acceptAtMs > waitMs)) return stream;
  // The gateway counts the time before a cut from the metadata on.
  const later = (ms: number) => ms + acceptAtMs - waitMs;
  return {
    ...stream,
    acceptAtMs: waitMs,
    wire: wire.map((fault) =>
      fault.fault === 'cut' ? { ...fault, afterMs: later(fault.afterMs) } : fault,
    ),
  };
}
