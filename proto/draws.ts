import seedrandom from 'seedrandom';

/** Returns random numbers, uniform in [0, 1). */
export type Draw = () => number;

/** Determines, with the purpose, every number of a draw. */
export interface DrawAddress {
  seed: number;
  scenario: string;
  key: string;
}

/**
 * Returns a function that creates an independent draw for each purpose (text, token sizes, first token, …).
 *
 * A draw depends only on its address and purpose: not on other streams, the order of requests, or the number
 * of draws for other purposes. Another timing therefore does not change the text.
 */
export function drawsFor({ seed, scenario, key }: DrawAddress): (purpose: string) => Draw {
  return (purpose) => {
    let source: Draw | undefined;
    return () => {
      // JSON keeps ("a", "bc") and ("ab", "c") distinct.
      // xor4096 passes the same test batteries as the default, ARC4, with half the set-up time. That is still
      // most of the cost of a plan, so it is created at the first draw, which a constant timing never needs.
      source ??= seedrandom.xor4096(JSON.stringify([seed, scenario, key, purpose]));
      return source();
    };
  };
}

/** Draws a whole number from `low` to `high`, inclusive. */
export function drawInteger(draw: Draw, low: number, high: number): number {
  return low + Math.floor(draw() * (high - low + 1));
}

/**
 * Draws one of the items, uniformly.
 */
export function drawOne<T>(draw: Draw, items: readonly [T, ...T[]]): T {
  return items[Math.floor(draw() * items.length)] ?? items[0];
}
