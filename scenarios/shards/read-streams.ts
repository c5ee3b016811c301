import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { firstProblem } from '../../proto/problems/first-problem.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { toVisible } from '../../reports/markup.ts';
import { outcomes, phases, type Arrival, type JudgedSample } from '../../reports/sample.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { isInShard } from '../load/profile/shard.ts';
import type { ArrivalStore } from './arrival-store.ts';
import type { CompleteShard } from './check-shards.ts';
import { readLines } from './read-lines.ts';
import { streamsFileName } from './shard-file.ts';

/** The largest number that the store keeps. */
const mostCount = 2 ** 32 - 1;

const count = z.int().min(0).max(mostCount);

function isArrival(value: unknown): value is Arrival {
  if (typeof value !== 'object' || value === null) return false;
  const { atMs, chars, bytes }: { atMs?: unknown; chars?: unknown; bytes?: unknown } = value;
  return Number.isFinite(atMs) && isCount(chars) && isCount(bytes);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostCount;
}

/** A line of `streams.jsonl` with the time of every message; figures that derive from them are left out. */
const lineSchema = z.object({
  slot: count,
  key: z.string(),
  turn: count.exactOptional(),
  step: count.exactOptional(),
  phase: z.enum(phases),
  startAtMs: z.number(),
  startLagMs: z.number(),
  status: z.int().nullable(),
  contentType: z.string().nullable(),
  // Of a large load there are millions, for which a schema takes longer than to parse them.
  arrivals: z.custom<Arrival[]>((value) => Array.isArray(value) && value.every(isArrival), {
    error: 'must be a list of {atMs, chars, bytes}',
  }),
  firstReasoningMs: z.number().nonnegative().exactOptional(),
  messages: count,
  pings: count,
  readSlowly: z.boolean(),
  reconnects: count.exactOptional(),
  durationMs: z.number().nonnegative(),
  outcome: z.enum(outcomes),
  detail: z.string(),
  textSha256: z.string(),
});

/**
 * Reads the streams of a shard, one line at a time.
 * @param store keeps their arrivals
 * @throws RehearsalError (usage) if they are not all streams of the shard, each once
 */
export async function readStreams(
  { folder, shard, result }: CompleteShard,
  store: ArrivalStore,
): Promise<JudgedSample[]> {
  const refuse = (reason: string) =>
    new RehearsalError('usage', `${folder}: ${streamsFileName}: ${reason}`);
  const file = join(folder, streamsFileName);
  // A pipe without a writer would be waited for without an end.
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() === false) throw refuse('is not a file');
  const samples: JudgedSample[] = [];
  const keys = new Set<string>();
  try {
    for await (const line of readLines(file)) {
      const sample = parseLine(line);
      const place = `line ${samples.length + 1}`;
      if (typeof sample === 'string') throw refuse(`${place}: ${sample}`);
      if (!isInShard(numberOf(sample.key), shard)) {
        throw refuse(`${place}: the stream ${toVisible(sample.key)} is not of this shard`);
      }
      if (keys.has(sample.key)) {
        throw refuse(`${place}: the stream ${toVisible(sample.key)} again`);
      }
      keys.add(sample.key);
      samples.push(store.keep(sample));
    }
  } catch (error) {
    if (error instanceof RangeError) throw refuse(error.message);
    if (!isSystemError(error)) throw error;
    throw error.code === 'ENOENT'
      ? refuse('is missing: the shard broke off while it was written; run all shards again')
      : refuse(`cannot be read: ${error.message}`);
  }
  if (samples.length !== result.streams) {
    throw refuse(
      `has ${samples.length} streams of ${result.streams}: it was not copied completely`,
    );
  }
  return samples;
}

/** Returns the sample of a line, or what is wrong with it. */
function parseLine(line: string): JudgedSample | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'is not JSON: it was not copied completely';
  }
  const { data, error } = lineSchema.safeParse(value, { error: wordIssue });
  if (data !== undefined) return { ...data, planned: null };
  return `is not a stream with all its messages: ${firstProblem(error)}`;
}

/** Returns the number of a slot or an arrival in a request key (`load-17`, `load-3-0`, in a conversation `load-3-0.2`); NaN for other keys. */
function numberOf(key: string): number {
  return Number(/^load-(\d+)(?:-\d+)?(?:\.\d+)?$/.exec(key)?.[1] ?? Number.NaN);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
