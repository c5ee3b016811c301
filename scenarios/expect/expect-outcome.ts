import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../mock-agent/text/tokens.ts';
import {
  effectOf,
  eventEffects,
  eventFaultsOf,
  movesText,
  rejectionBy,
  wireFaultOf,
} from '../../proto/wire-fault.ts';
import type { ExpectedOutcome } from '../../reports/sample.ts';
import { foretell, type Foretold } from './predict-outcome.ts';

/** How long a stream may take, by the word of those who have it in hands; in milliseconds. */
export interface StreamBounds {
  /** Of the load client: without text for so long a stream has stalled. */
  idleLimitMs: number;
  /** Of the load client: a whole stream. */
  streamLimitMs: number;
  /** Of the gateway: a whole stream (C5). */
  gatewayLimitMs: number;
}

/** What a run expects of a stream. */
export interface Expectation extends ExpectedOutcome {
  /** What the client reads; null where faults of the wire move text that a limit then cuts. */
  text: string | null;
}

/**
 * How much nearer to a limit a plan may come before nobody can say on which side a stream ends: the
 * push interval, the client's look at its limits (100 ms each) and what the machine adds.
 */
const marginMs = 300;

/**
 * Foretells the outcome of a stream under a load: what its plan says, unless a limit of the load or
 * of the gateway ends it before.
 * @returns null where the plan leaves it open: a limit falls together with what it would cut off, or
 *   several events travel as one, so that nobody knows when text comes.
 */
export function expectOutcome(plan: StreamPlan, bounds: StreamBounds): Expectation | null {
  const foretold = foretell(plan);
  const { textAtMs, endAtMs } = timesOf(plan, foretold);
  let sinceMs = 0;
  for (const [index, atMs] of [...textAtMs, endAtMs].entries()) {
    const idleAtMs = sinceMs + bounds.idleLimitMs;
    const limitAtMs = Math.min(idleAtMs, bounds.streamLimitMs, bounds.gatewayLimitMs);
    if (Math.abs(atMs - limitAtMs) <= marginMs) return null;
    if (atMs > limitAtMs) return brokenOff(plan, bounds, idleAtMs, index);
    sinceMs = atMs;
  }
  if (hasUnknownTimes(plan) && endAtMs > bounds.idleLimitMs - marginMs) return null;
  return { outcome: foretold.outcome, detail: detailOf(plan, foretold), text: foretold.text };
}

/** A stream that a limit ends after so many messages with text; null where two limits are too near each other. */
function brokenOff(
  plan: StreamPlan,
  { streamLimitMs, gatewayLimitMs }: StreamBounds,
  idleAtMs: number,
  messages: number,
): Expectation | null {
  if (hasUnknownTimes(plan)) return null;
  const [first, second] = [
    { outcome: 'stalled', detail: '', atMs: idleAtMs } as const,
    { outcome: 'timed-out', detail: '', atMs: streamLimitMs } as const,
    { outcome: 'failed', detail: 'TIMEOUT', atMs: gatewayLimitMs } as const,
  ].toSorted((a, b) => a.atMs - b.atMs);
  if (first === undefined || second === undefined) return null;
  if (second.atMs - first.atMs <= marginMs) return null;
  const said = plan.chunks.filter(({ delta }) => delta !== '').slice(0, messages);
  return {
    outcome: first.outcome,
    detail: first.detail,
    text: movesText(plan.wire) ? null : said.map(({ delta }) => delta).join(''),
  };
}

/** When a client has each text, and the end, where everything goes by the plan. */
function timesOf(plan: StreamPlan, { outcome }: Foretold): { textAtMs: number[]; endAtMs: number } {
  const { acceptAtMs, chunks, wire } = plan;
  const isBuffered = wire.some((fault) => effectOf(fault).textArrives === 'at-the-end');
  if (outcome === 'rejected') {
    // The head says it all.
    return { textAtMs: [], endAtMs: isBuffered ? plan.end.atMs : (acceptAtMs ?? plan.end.atMs) };
  }
  const hidden = eventFaultsOf(wire).filter(
    ({ how, fromChar, toChar }) =>
      (eventEffects[how].copies === 0 || eventEffects[how].afterNext) && toChar > fromChar,
  );
  const cut = wireFaultOf(wire, 'cut');
  const textAtMs: number[] = [];
  let endAtMs = plan.end.kind === 'silence' ? Number.POSITIVE_INFINITY : plan.end.atMs;
  let chars = 0;
  const cutAtMs = (atMs: number) => Math.max(atMs, (acceptAtMs ?? 0) + (cut?.afterMs ?? 0));
  if (cut?.afterChars === 0) endAtMs = cutAtMs(0);
  for (const { atMs, delta, isFinal } of chunks) {
    const strikes = hidden.find(({ fromChar }) => fromChar === chars);
    chars += countChars(delta);
    if (strikes && eventEffects[strikes.how].isUnreadable && delta !== '') {
      endAtMs = Math.min(endAtMs, atMs);
    }
    if (isFinal) endAtMs = Math.min(endAtMs, atMs);
    if (cut !== undefined && chars >= cut.afterChars) endAtMs = Math.min(endAtMs, cutAtMs(atMs));
    if (atMs > endAtMs) break;
    if (delta !== '' && strikes === undefined) textAtMs.push(atMs);
  }
  return { textAtMs: isBuffered ? [] : textAtMs, endAtMs };
}

/** Whether text waits for later text, so that nobody knows when it comes. */
function hasUnknownTimes({ wire }: Pick<StreamPlan, 'wire'>): boolean {
  return wire.some((fault) => effectOf(fault).textArrives === 'with-later-text');
}

/** The detail of a sample; empty where the plan does not decide it. */
function detailOf({ wire }: StreamPlan, { outcome, status, code }: Foretold): string {
  if (outcome === 'failed') return code ?? '';
  if (outcome !== 'rejected') return '';
  const contentType = rejectionBy(wire)?.contentType;
  if (status === 200) return contentType === undefined ? '' : `content type ${contentType}`;
  return code === undefined ? `status ${status}` : `status ${status} ${code}`;
}
