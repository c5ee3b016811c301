import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { exampleFacts } from '../../../reports/testing/example-run.ts';
import { renderStreams } from '../../../reports/render/streams.ts';
import type { JudgedSample } from '../../../reports/sample.ts';
import type { Shard } from '../../load/profile/shard.ts';
import type { CompleteShard } from '../check-shards.ts';
import { renderShardFile, type ShardResult } from '../shard-file.ts';

/** Returns a shard that ran to its end, on a machine that kept up. */
export function exampleShard(shard: Shard, result: Partial<ShardResult> = {}): CompleteShard {
  const { scenario, seed, environment, fingerprint, load, phases, targets, health } =
    exampleFacts();
  const { windowSec: _, ...knownLoad } = load;
  return {
    folder: `shard-${shard.number}`,
    version: 1,
    tool: { name: 'rehearsal', version: '0.1.0' },
    shard,
    startAt: '2026-01-31T12:00:00.000Z',
    target: 'http://staging.example/api/v1/ai/generate',
    insecure: false,
    scenario,
    seed,
    environment,
    fingerprint,
    load: knownLoad,
    law: null,
    targets,
    result: {
      startedAfterMs: 3,
      clockSetMs: 0,
      endedAfterMs: 30_000,
      phases,
      client: health.client,
      droppedAtMs: [],
      streams: 0,
      ...result,
    },
  };
}

/** Writes a shard with its streams as `run --shard` does; `streams.jsonl` has those lines. */
export async function writeShard(
  folder: string,
  shard: CompleteShard,
  samples: readonly JudgedSample[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const result = { ...shard.result, streams: samples.length };
  const file = Object.assign({ ...shard }, { result, folder: undefined });
  await writeFile(join(folder, 'shard.json'), renderShardFile(file));
  const lines = [...renderStreams(samples, { all: true, seed: shard.seed })];
  await writeFile(join(folder, 'streams.jsonl'), lines.join(''));
}
