import type { Failure } from '../metrics/failures.ts';
import { formatCount } from '../quantity.ts';
import type { Report } from '../report.ts';
import type { TargetResult } from '../verdict/target-results.ts';

/** Why the streams of a run failed. */
export interface Cause {
  /**
   * A sentence without its full stop.
   *
   * It quotes what servers wrote: to be escaped.
   */
  text: string;
  /** The targets that it made fail. */
  targets: TargetResult['name'][];
}

/**
 * Returns the most likely cause of failed streams; null if the run passed or is invalid, or if only times
 * missed their targets, which need no explanation.
 */
export function causeOf(report: Report): Cause | null {
  const { verdict, targets } = report.judgement;
  if (verdict !== 'fail' && verdict !== 'warn') return null;
  const beyond = targets.filter(({ state }) => state === 'alarm');
  const failing = beyond.length > 0 ? beyond : targets.filter(({ state }) => state === 'missed');
  const named = (names: readonly TargetResult['name'][]) =>
    failing.map(({ name }) => name).filter((name) => names.includes(name));
  const shares = named(['connectionSuccess', 'streamSuccess']);
  const plans = named([
    'connectionSuccess',
    'streamSuccess',
    'failuresOtherwise',
    'textMismatches',
  ]);

  const otherwise = plans.length > 0 ? unplanned(report) : null;
  if (otherwise !== null) return { text: otherwise, targets: plans };
  const ends = shares.length > 0 ? sameEnds(report) : null;
  const types = shares.includes('connectionSuccess') ? otherTypes(report) : null;
  if (types !== null && types.count >= (ends?.count ?? 0)) {
    return { text: types.text, targets: ['connectionSuccess'] };
  }
  return ends === null ? null : { text: ends.text, targets: shares };
}

/** The most frequent deviation from a plan. */
function unplanned({ expectations, metrics }: Report): string | null {
  const [first] = expectations?.differences ?? [];
  if (first === undefined) return null;
  const { foretold, seen, count } = first;
  return `${amount(count, metrics.streams.judged, 'streams')} ended otherwise than planned: planned "${foretold}", seen "${seen}"`;
}

/** The most frequent way in which streams failed. */
function sameEnds({ failures, metrics }: Report): { text: string; count: number } | null {
  const [first] = failures;
  if (first === undefined) return null;
  const { noun, ended } = words(first);
  return {
    text: `${amount(first.count, metrics.streams.judged, noun)} ${ended}`,
    count: first.count,
  };
}

/** Streams with a content type that the specified load test does not accept. */
function otherTypes({ contentTypes, targets, metrics }: Report) {
  const [first] = contentTypes;
  if (first === undefined || targets.contentTypeParameters) return null;
  const { contentType, count } = first;
  return {
    text: `${amount(count, metrics.streams.judged, 'streams')} came with the content type "${contentType}", and the specification wants exactly "text/event-stream" (B1, E2); the key targets.contentTypeParameters accepts parameters`,
    count,
  };
}

/** Describes the end of a failed stream; outcomes that never fail keep their names. */
const endings: Partial<Record<Failure['outcome'], string>> = {
  refused: 'found no connection',
  failed: 'ended with an error event',
  cut: 'were cut',
  reset: 'lost their connection',
  'timed-out': 'took too long',
  malformed: 'broke the protocol',
};

function words({ outcome, detail }: Failure): { noun: 'requests' | 'streams'; ended: string } {
  if (outcome === 'rejected') {
    const status = /^status (.*)$/s.exec(detail)?.[1];
    return {
      noun: 'requests',
      ended:
        status === undefined
          ? `were answered with ${detail}, not with a stream`
          : `were answered ${status}`,
    };
  }
  const ending = endings[outcome] ?? outcome;
  return {
    noun: outcome === 'refused' ? 'requests' : 'streams',
    ended: detail === '' ? ending : `${ending}: ${detail}`,
  };
}

/** `All 60 requests`, `58 of 60 requests`. */
function amount(count: number, all: number, noun: string): string {
  return count === all
    ? `All ${formatCount(count)} ${noun}`
    : `${formatCount(count)} of ${formatCount(all)} ${noun}`;
}
