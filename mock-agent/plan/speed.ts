import { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/** The factor by which a stream is faster than planned; `instant` removes all pauses. */
export const speedSchema = z.union([z.number().min(0.01).max(1000), z.literal('instant')], {
  error: 'a speed is a number from 0.01 to 1000, or instant',
});

export type Speed = z.output<typeof speedSchema>;

/** Parses a speed from metadata; returns undefined if it is invalid. */
export function parseSpeed(text: string): Speed | undefined {
  return speedSchema.safeParse(text === 'instant' ? text : Number(text)).data;
}

/** Returns the stream with its times divided by a speed; order and text stay. */
export function atSpeed(
  { acceptAtMs, chunks, end, wire }: PlannedStream,
  speed: Speed,
): PlannedStream {
  const scaled = (ms: number) => (speed === 'instant' ? 0 : Math.round(ms / speed));
  return {
    acceptAtMs: acceptAtMs === null ? null : scaled(acceptAtMs),
    chunks: chunks.map((chunk) => ({ ...chunk, atMs: scaled(chunk.atMs) })),
    end: { ...end, atMs: scaled(end.atMs) },
    wire: wire.map((fault) =>
      fault.fault === 'cut' ? { ...fault, afterMs: scaled(fault.afterMs) } : fault,
    ),
  };
}
