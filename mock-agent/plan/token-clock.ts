/** Draws the time from one token to the next, in milliseconds. */
type Gap = () => number;

/** The time of the latest token of a stream, which the tokens of all its parts advance. */
export interface TokenClock {
  /** Advances to the next token; the first token of a stream needs no gap. */
  tick(nextGap: Gap): void;
  /** Replaces the gap of the next tick: the one between two parts is drawn with the first of them. */
  drawNextFrom(gap: Gap): void;
  /** Whole milliseconds after the request. */
  nowMs(): number;
}

export function startTokenClock(firstMs: number): TokenClock {
  let atMs = firstMs;
  let hasToken = false;
  let replaced: Gap | undefined;
  return {
    tick(nextGap) {
      if (hasToken) atMs += (replaced ?? nextGap)();
      hasToken = true;
      replaced = undefined;
    },
    drawNextFrom(gap) {
      replaced = gap;
    },
    nowMs: () => Math.round(atMs),
  };
}
