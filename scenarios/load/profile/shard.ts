import type { Draw } from '../../../proto/draws.ts';
import { arrivalTimes, levelsOf, spansOf, type Span } from './levels.ts';
import type { LoadProfile } from './profile.ts';
import { requestsOf } from './traffic.ts';

/** A part of a load for a process of its own: `number` counts from 1 to `of`. */
export interface Shard {
  number: number;
  of: number;
}

/** The most shards of a load. */
export const mostShards = 1000;

/** The only part of a load that is not divided. */
export const wholeLoad: Shard = { number: 1, of: 1 };

/** Returns the numbers from 0 below `end` that belong to a shard, ascending. */
export function* numbersOf({ number, of }: Shard, end: number): Generator<number, void, undefined> {
  for (let n = number - 1; n < end; n += of) yield n;
}

/** Whether a slot or an arrival belongs to a shard, by its number from 0 in the undivided load. */
export function isInShard(n: number, { number, of }: Shard): boolean {
  return n % of === number - 1;
}

/** Returns how many of so many slots or arrivals a shard has. */
export function shareOf(count: number, { number, of }: Shard): number {
  return Math.max(0, Math.ceil((count - number + 1) / of));
}

/** The most that a shard has of so many slots or arrivals. */
export function largestShare(count: number, { of }: Shard): number {
  return Math.ceil(count / of);
}

/** A slot of a closed load, by its number from 0 in the undivided load, and when it may start streams. */
export interface ShardSlot {
  slot: number;
  spans: [Span, ...Span[]];
}

/** Returns the slots of a shard; slots in which no stream may start are left out. */
export function slotsOf(profile: LoadProfile, shard: Shard): ShardSlot[] {
  const levels = levelsOf(profile);
  return [...numbersOf(shard, profile.streams)].flatMap((slot) => {
    const [first, ...others] = spansOf(levels, slot);
    return first === undefined ? [] : [{ slot, spans: [first, ...others] }];
  });
}

/** An arrival of an open load, by its number from 0 in the undivided load. */
export interface ShardArrival {
  number: number;
  /** In milliseconds from the start of the load. */
  dueAtMs: number;
}

/**
 * Yields the arrivals of a shard in their order. It draws the arrivals of all shards, so that every shard
 * has the same ones.
 * @param draw of the undivided load
 */
export function* arrivalsOf(
  profile: LoadProfile,
  draw: Draw,
  shard: Shard,
): Generator<ShardArrival, void, undefined> {
  const { total = Number.POSITIVE_INFINITY } = profile;
  let number = 0;
  for (const dueAtMs of dueTimes(profile, draw)) {
    if (number >= total) return;
    if (isInShard(number, shard)) yield { number, dueAtMs };
    number += 1;
  }
}

/** Yields the due times of an open load, by its law or from its trace. */
function* dueTimes(profile: LoadProfile, draw: Draw): Generator<number, void, undefined> {
  const { law = 'poisson', trace } = profile.arrivals ?? {};
  if (law !== 'trace') yield* arrivalTimes(levelsOf(profile), law, draw);
  else if (trace !== undefined) for (const { dueAtMs } of requestsOf(trace)) yield dueAtMs;
}
