import { toVisible } from '../../reports/markup.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { differencesOf } from '../../reports/fingerprint.ts';
import type { ShardFile, ShardResult } from './shard-file.ts';

/** A shard with the folder of its files. */
export interface ReadShard extends ShardFile {
  folder: string;
}

/** A shard that ran to its end. */
export interface CompleteShard extends ReadShard {
  result: ShardResult;
}

/**
 * Returns the shards of one load in the order of their numbers.
 * @throws RehearsalError (usage) with every reason why they are not the complete shards of one load
 */
export function checkShards(shards: readonly ReadShard[]): CompleteShard[] {
  const [first] = shards;
  if (first === undefined) throw new RehearsalError('usage', 'name the folders of all shards');
  const problems = [
    ...shards.flatMap((shard) => foreign(first, shard)),
    ...shards.flatMap(brokenOff),
    ...doubled(shards),
    ...missing(first, shards),
  ];
  if (problems.length > 0) {
    // They quote files of other machines.
    const lines = problems.map((problem) => `\n  ${toVisible(problem)}`).join('');
    throw new RehearsalError('usage', `these shards cannot be merged:${lines}`);
  }
  return shards
    .filter((shard): shard is CompleteShard => shard.result !== null)
    .toSorted((a, b) => a.shard.number - b.shard.number);
}

/** What the shards of one load have in common, by the words for it. */
const shared: Readonly<Record<string, (shard: ReadShard) => string>> = {
  'number of shards': ({ shard }) => String(shard.of),
  'start time': ({ startAt }) => startAt,
  target: ({ target }) => target,
  'version of rehearsal': ({ tool }) => tool.version,
  targets: ({ targets }) => JSON.stringify(targets),
};

function foreign(first: ReadShard, shard: ReadShard): string[] {
  const differences = [
    ...differencesOf([first.fingerprint, shard.fingerprint], 'scenario').map(
      (difference) => `scenario, ${difference}`,
    ),
    ...Object.entries(shared).flatMap(([name, of]) => {
      const [expected, actual] = [of(first), of(shard)];
      if (expected === actual) return [];
      const isLong = expected.length + actual.length > 200;
      return [isLong ? `${name}: not the same` : `${name}: ${expected} against ${actual}`];
    }),
  ];
  return differences.length === 0
    ? []
    : [`${shard.folder}: of another load than ${first.folder}: ${differences.join('; ')}`];
}

function brokenOff({ folder, result }: ReadShard): string[] {
  return result === null
    ? [`${folder}: broken off: the shard did not run to its end; run all shards again`]
    : [];
}

function doubled(shards: readonly ReadShard[]): string[] {
  const folders = new Map<number, string>();
  return shards.flatMap(({ folder, shard: { number, of } }) => {
    const other = folders.get(number);
    folders.set(number, other ?? folder);
    return other === undefined ? [] : [`${folder}: shard ${number}/${of} again, after ${other}`];
  });
}

/** The most numbers that a message lists. */
const mostNumbers = 20;

function missing({ shard: { of } }: ReadShard, shards: readonly ReadShard[]): string[] {
  const numbers = new Set(shards.map(({ shard }) => shard.number));
  const absent = Array.from({ length: of }, (_, index) => index + 1).filter((n) => !numbers.has(n));
  if (absent.length === 0) return [];
  const listed = absent.slice(0, mostNumbers).map((number) => `${number}/${of}`);
  const more = absent.length > mostNumbers ? ` and ${absent.length - mostNumbers} more` : '';
  return [`missing: shard ${listed.join(', ')}${more}`];
}
