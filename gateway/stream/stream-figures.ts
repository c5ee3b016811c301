import type { StreamFigures } from '../observer.ts';

export function emptyFigures(): StreamFigures {
  return {
    chunks: 0,
    parts: 0,
    messages: 0,
    firstMessageAtMs: Number.NaN,
    lastMessageAtMs: Number.NaN,
    pauses: 0,
    pings: 0,
  };
}

/** The mean interval between messages with text, (last − first) / (n − 1) (E3); null for fewer than two. */
export function meanIntervalMs({
  messages,
  firstMessageAtMs,
  lastMessageAtMs,
}: StreamFigures): number | null {
  if (messages < 2) return null;
  return (lastMessageAtMs - firstMessageAtMs) / (messages - 1);
}
