import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { StreamSample } from '../../reports/sample.ts';
import { clientViewOf, type ClientView } from './client-view.ts';
import type { Expectation } from './expect-outcome.ts';

type Sample = Pick<StreamSample, 'key' | 'startAtMs' | 'durationMs' | 'outcome' | 'detail'>;

/** The time in which a stream's `crash` or `down` can break others, on the clock of the samples. */
interface Break {
  key: string;
  fromMs: number;
  toMs: number;
}

/** How long after a break new requests may still fail: the gateway reconnects within a second. */
const reconnectMs = 1000;

/**
 * Returns a function that says whether another stream's `crash` or `down` may have broken a sample. The
 * plan does not know which connection a stream uses, so a stream that is open at that time may end either way.
 */
export function createSharedBreaks<S extends Sample>(
  samples: readonly S[],
  planOf: (sample: S) => Pick<StreamPlan, 'end'>,
): (sample: Sample) => boolean {
  const breaks = samples
    .flatMap((sample) => breakOf(sample, planOf(sample).end))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  /** For each break, the two longest up to it: at least one of them belongs to another stream. */
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

/** Returns the expectation of a stream that another may have broken: that of its own plan unless it was broken. */
export function expectBroken(
  { outcome, detail }: Sample,
  own: Expectation | null,
  view: ClientView = clientViewOf(undefined),
): Expectation | null {
  const isBroken =
    (outcome === 'failed' && detail === view.failed('AGENT_UNAVAILABLE')) ||
    (outcome === view.refusal && detail === view.rejected(503, 'AGENT_UNAVAILABLE'));
  return isBroken ? { outcome, detail, text: null } : own;
}

function breakOf({ key, startAtMs, durationMs }: Sample, end: StreamPlan['end']): Break[] {
  if (end.kind !== 'crash' && end.kind !== 'down') return [];
  const plannedMs = startAtMs + end.atMs;
  const endMs = startAtMs + durationMs;
  const awayMs = end.kind === 'down' ? end.forMs : 0;
  return [
    {
      key,
      fromMs: Math.min(plannedMs, endMs),
      toMs: Math.max(plannedMs, endMs) + awayMs + reconnectMs,
    },
  ];
}

/** Counts the breaks that begin up to a time, by binary search. */
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
