import { startSpreadMs, type Shard } from '../metrics/shards.ts';
import { formatCount, formatMs, formatRate, nothing, plural } from '../quantity.ts';

/** Columns of the table of shards; `>` makes a column of numbers. */
export const shardHeads = [
  'shard',
  '>streams',
  '>started after',
  '>start lag p99',
  '>loop delay p99',
  '>cores',
  '>memory',
] as const;

/** The most shards that a text shows. */
const most = 20;

/** Such as `3 shards, started within 12 ms`. */
export function describeShards(shards: readonly Shard[]): string {
  return `${plural(shards.length, 'shard')}, started within ${formatMs(startSpreadMs(shards))}`;
}

/** Returns the cells of a shard, in the order of the heads. */
export function shardCells(shard: Shard): string[] {
  const { number, streams, startedAfterMs, startLagP99Ms, loopDelayP99Ms, cpuCores, rssMb } = shard;
  return [
    String(number),
    formatCount(streams),
    formatMs(startedAfterMs),
    startLagP99Ms === null ? nothing : formatMs(startLagP99Ms),
    formatMs(loopDelayP99Ms),
    formatRate(cpuCores),
    `${formatCount(rssMb)} MiB`,
  ];
}

/** Returns the shards that a text shows, in their order: of many, the ones whose event loops were latest. */
export function shownShards(shards: readonly Shard[]): { shown: Shard[]; note: string } {
  if (shards.length <= most) return { shown: [...shards], note: '' };
  const shown = shards
    .toSorted((a, b) => b.loopDelayP99Ms - a.loopDelayP99Ms || a.number - b.number)
    .slice(0, most)
    .toSorted((a, b) => a.number - b.number);
  return { shown, note: `the ${most} with the latest event loops are shown` };
}
