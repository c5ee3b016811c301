import { createHash } from 'node:crypto';

import { isAsForetold } from '../verdict/expectations.ts';
import type { Arrival, JudgedSample, PlannedComparison } from '../sample.ts';
import { firstChunkMs, meanIntervalMs } from '../metrics/stream-times.ts';

/** One line of `streams.jsonl`. */
export interface StreamLine extends Omit<JudgedSample, 'arrivals' | 'planned'> {
  /** Milliseconds from the stream's start; null where no text came. */
  firstChunkMs: number | null;
  /** Mean between messages with text; null for fewer than two. */
  intervalMs: number | null;
  /** Messages with text. */
  texts: number;
  /** Code points of text. */
  chars: number;
  /** Null where the stream is not written whole. */
  arrivals: Arrival[] | null;
  /** Its arrays are null where the stream is not written whole. */
  planned: (Omit<PlannedComparison, 'latenessMs'> & { latenessMs: number[] | null }) | null;
}

/** Which streams are written with the time of every message. */
export interface StreamsToWrite {
  /** Every one; else those that did not end as expected and some of the others. */
  all: boolean;
  /** Decides which of the others. */
  seed: number;
}

/** Of a run in which everything fails, more would tell nothing new. */
const mostUnexpected = 1000;

const mostOthers = 100;

/**
 * Renders `streams.jsonl`: one sample a line, each line ended.
 *
 * Line by line, because all of a long run's samples at once could exceed the longest string there is.
 */
export function* renderStreams(
  samples: Iterable<JudgedSample>,
  { all, seed }: StreamsToWrite,
): Generator<string> {
  const every = [...samples];
  const whole = all ? null : pickWhole(every, seed);
  for (const sample of every) {
    yield `${JSON.stringify(lineOf(sample, whole === null || whole.has(sample)))}\n`;
  }
}

function lineOf(sample: JudgedSample, isWhole: boolean): StreamLine {
  const { arrivals, planned, ...facts } = sample;
  return {
    ...facts,
    firstChunkMs: firstChunkMs(sample),
    intervalMs: meanIntervalMs(sample),
    texts: arrivals.length,
    chars: arrivals.at(-1)?.chars ?? 0,
    arrivals: isWhole ? [...arrivals] : null,
    planned: isWhole || planned === null ? planned : { ...planned, latenessMs: null, hops: null },
  };
}

/** The first that did not end as expected, and a sample of the others that is the same in every run of the same keys. */
function pickWhole(samples: readonly JudgedSample[], seed: number): ReadonlySet<JudgedSample> {
  const unexpected = samples.filter((sample) => !isExpected(sample)).slice(0, mostUnexpected);
  const others = samples
    .filter(isExpected)
    .map((sample) => ({ sample, rank: rankOf(sample.key, seed) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, mostOthers)
    .map(({ sample }) => sample);
  return new Set([...unexpected, ...others]);
}

function isExpected(sample: JudgedSample): boolean {
  if (['left', 'censored'].includes(sample.outcome)) return true;
  return sample.planned?.foretold ? isAsForetold(sample) : sample.outcome === 'completed';
}

function rankOf(key: string, seed: number): string {
  return createHash('sha256').update(`${seed} ${key}`).digest('hex');
}
