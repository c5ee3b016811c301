import { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/** How many times faster than planned a stream runs; `instant` takes no time at all. */
export const speedSchema = z.union([z.number().min(0.01).max(1000), z.literal('instant')], {
  error: 'a speed is a number from 0.01 to 1000, or instant',
});

export type Speed = z.output<typeof speedSchema>;

/** Reads a speed as it travels in metadata; undefined for what is none. */
export function parseSpeed(text: string): Speed | undefined {
  return speedSchema.safeParse(text === 'instant' ? text : Number(text)).data;
}

/** The same stream at another speed: order and text stay, every time shrinks or grows. */
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
