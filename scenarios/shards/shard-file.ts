import { join } from 'node:path';

import { z } from 'zod';

import { firstProblem } from '../../proto/problems/first-problem.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { fingerprintSchema } from '../../reports/fingerprint.ts';
import { toVisible } from '../../reports/markup.ts';
import { arrivalsSchema } from '../../reports/metrics/open-load.ts';
import { healthSchema } from '../../reports/metrics/health.ts';
import { reportSchema } from '../../reports/report.ts';
import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { readTextFile } from '../file/read-file.ts';
import { scenarioName } from '../file/read-scenario.ts';
import { mostShards } from '../load/profile/shard.ts';

/** The files of a shard. */
export const shardFileName = 'shard.json';
export const streamsFileName = 'streams.jsonl';

/** The form of `shard.json`. A change that `merge` would notice raises it. */
const shardFileVersion = 1;

const { tool, scenario, seed, environment, load, phases, targets } = reportSchema.shape;

/** How a shard ended. Times count from the common start, in milliseconds. */
const resultSchema = z.strictObject({
  /** When the load started, by the clock of the machine. */
  startedAfterMs: z.number(),
  /** By how much the clock of the machine was set forward while the load ran. */
  clockSetMs: z.number(),
  endedAfterMs: z.number().nonnegative(),
  phases,
  client: healthSchema.shape.client,
  droppedAtMs: z.array(z.number()),
  /** The lines of `streams.jsonl`. */
  streams: z.int().nonnegative(),
});

/** `shard.json`: everything that `merge` needs of a shard beside its streams. */
const shardFileSchema = z.strictObject({
  version: z.literal(shardFileVersion),
  tool,
  shard: z
    .strictObject({ number: z.int().min(1), of: z.int().min(1).max(mostShards) })
    .refine(({ number, of }) => number <= of, {
      error: 'must not exceed shard.of',
      path: ['number'],
    }),
  /** The common start of all shards. */
  startAt: z.iso.datetime(),
  target: z.string(),
  /** Whether any certificate of the target was accepted. */
  insecure: z.boolean().default(false),
  // Its name becomes that of a folder.
  scenario: scenario.extend({ name: z.string().regex(scenarioName) }),
  seed,
  environment,
  fingerprint: fingerprintSchema,
  load: load.omit({ windowSec: true }),
  law: arrivalsSchema.shape.law.nullable(),
  targets,
  /** Null until the shard is complete. */
  result: resultSchema.nullable(),
});

export type ShardFile = z.infer<typeof shardFileSchema>;
export type ShardResult = z.infer<typeof resultSchema>;

/** The head of a file of any version. */
const headSchema = z.object({
  version: z.unknown(),
  tool: z.object({ version: z.string() }).catch({ version: 'unknown' }),
});

/** Longer than any: nothing in it grows with the streams but the arrivals that were dropped. */
const mostBytes = 256 * 2 ** 20;

export function renderShardFile(shard: Omit<ShardFile, 'version'>): string {
  return `${JSON.stringify({ version: shardFileVersion, ...shard }, null, 2)}\n`;
}

/**
 * Reads the `shard.json` of a folder.
 * @throws RehearsalError (usage) that names the folder and what is wrong
 */
export async function readShardFile(folder: string): Promise<ShardFile> {
  const file = join(folder, shardFileName);
  const refuse = (reason: string) => new RehearsalError('usage', `${folder}: ${reason}`);
  const text = await readTextFile(file, mostBytes).catch((error: unknown) => {
    if (!isRehearsalError(error, 'file')) throw error;
    throw refuse(`not the folder of a shard: ${shardFileName}: ${error.message}`);
  });
  const value = parseJson(text);
  if (value === undefined) throw refuse(`${shardFileName} is not JSON; run the shard again`);
  const head = headSchema.safeParse(value);
  if (!head.success) throw refuse(`${shardFileName} is not of a shard`);
  if (head.data.version !== shardFileVersion) {
    const release = toVisible(head.data.tool.version);
    throw refuse(
      `${shardFileName} has another version than this rehearsal reads; merge it with rehearsal ${release}, which wrote it`,
    );
  }
  const { data, error } = shardFileSchema.safeParse(value, { error: wordIssue });
  if (data !== undefined) return data;
  throw refuse(`${shardFileName}: ${toVisible(firstProblem(error))}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
