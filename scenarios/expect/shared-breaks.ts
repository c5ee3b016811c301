import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { StreamSample } from '../../reports/sample.ts';
import type { Expectation } from './expect-outcome.ts';

type Sample = Pick<StreamSample, 'key' | 'startAtMs' | 'durationMs' | 'outcome' | 'detail'>;

/** The time in which a stream's `crash` or `down` can break others, on the clock of the samples. */
interface Break {
  key: string;
  fromMs: number;
  toMs: number;
}

/** How long after a break new requests may still meet it: the gateway connects anew within a second. */
const reconnectMs = 1000;

/**
 * Says of each sample whether another stream's `crash` or `down` may have broken it.
 *
 * Which connection a stream is on is not in the plan, so a stream that lives at that time may end either way.
 */
export function createSharedBreaks<S extends Sample>(
  samples: readonly S[],
  planOf: (sample: S) => Pick<StreamPlan, 'end'>,
): (sample: Sample) => boolean {
  const breaks = samples
    .flatMap((sample) => breakOf(sample, planOf(sample).end))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  /** Up to each break, the two that last longest: one of them is not the stream's own. */
  const longest: Break[][] = [];
  for (const each of breaks) {
    const candidates = [...(longest.at(-1) ?? []), each];
    longest.push(candidates.toSorted((a, b) => b.toMs - a.toMs).slice(0, 2));
  }
  return ({ key, startAtMs, durationMs }) => {
    const begun = countUpTo(breaks, startAtMs + durationMs);
    const last = longest[begun - 1] ?? [];
    return last.some((each) => each.key !== key && each.toMs >= startAtMs);
  };
}

/** The expectation of a stream that another may have broken: its own plan's, unless it was broken. */
export function expectBroken(
  { outcome, detail }: Sample,
  own: Expectation | null,
): Expectation | null {
  const isBroken =
    (outcome === 'failed' && detail === 'AGENT_UNAVAILABLE') ||
    (outcome === 'rejected' && detail === 'status 503 AGENT_UNAVAILABLE');
  return isBroken ? { outcome, detail, text: null } : own;
}

function breakOf({ key, startAtMs, durationMs }: Sample, end: StreamPlan['end']): Break[] {
  if (end.kind !== 'crash' && end.kind !== 'down') return [];
  const plannedMs = startAtMs + end.atMs;
  const seenMs = startAtMs + durationMs;
  const awayMs = end.kind === 'down' ? end.forMs : 0;
  return [
    {
      key,
      fromMs: Math.min(plannedMs, seenMs),
      toMs: Math.max(plannedMs, seenMs) + awayMs + reconnectMs,
    },
  ];
}

/** How many breaks begin up to a time. */
function countUpTo(breaks: readonly Break[], ms: number): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((breaks[middle]?.fromMs ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
