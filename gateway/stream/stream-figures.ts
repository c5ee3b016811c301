/** What a stream counts of itself while it runs, in plain numbers: this is done for every message. */
export interface StreamFigures {
  /** With text, of the agent. */
  chunks: number;
  /** With text, sent to the client. */
  messages: number;
  /**
   * When the first and the last of them were sent, as `performance.now()` has it; NaN before.
   *
   * Not null: then each would be another object in memory for every message.
   */
  firstMessageAtMs: number;
  lastMessageAtMs: number;
  /** How often the agent was held up because the buffer was full (D3). */
  pauses: number;
  pings: number;
}

export function emptyFigures(): StreamFigures {
  return {
    chunks: 0,
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
