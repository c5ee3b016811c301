/** How long a generation may take; in milliseconds. */
export interface LimitsMs {
  firstChunk: number;
  /** Without text; pings are not text. */
  idle: number;
  total: number;
}

export interface Limits {
  /** Aborted with the name of the limit that is over. */
  readonly signal: AbortSignal;
  /** Text came: the idle time starts anew. */
  textCame(): void;
  /** How much of the total is left. */
  leftMs(): number;
  /** The server is asked again so much later: the time to its first text counts from then. */
  putOffFirstChunk(ms: number): void;
  stop(): void;
}

export function startLimits({ firstChunk, idle, total }: LimitsMs): Limits {
  const over = new AbortController();
  const end = (limit: 'first-chunk' | 'idle' | 'total') => over.abort(limit);
  const endMs = performance.now() + total;
  const totalTimer = setTimeout(end, total, 'total');
  let silence = setTimeout(end, firstChunk, 'first-chunk');
  return {
    signal: over.signal,
    textCame() {
      clearTimeout(silence);
      silence = setTimeout(end, idle, 'idle');
    },
    leftMs: () => endMs - performance.now(),
    putOffFirstChunk(ms) {
      clearTimeout(silence);
      silence = setTimeout(end, ms + firstChunk, 'first-chunk');
    },
    stop() {
      clearTimeout(totalTimer);
      clearTimeout(silence);
    },
  };
}
