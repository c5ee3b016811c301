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
  stop(): void;
}

export function startLimits({ firstChunk, idle, total }: LimitsMs): Limits {
  const over = new AbortController();
  const end = (limit: 'first-chunk' | 'idle' | 'total') => over.abort(limit);
  const totalTimer = setTimeout(end, total, 'total');
  let silence = setTimeout(end, firstChunk, 'first-chunk');
  return {
    signal: over.signal,
    textCame() {
      clearTimeout(silence);
      silence = setTimeout(end, idle, 'idle');
    },
    stop() {
      clearTimeout(totalTimer);
      clearTimeout(silence);
    },
  };
}
