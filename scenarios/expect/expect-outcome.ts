import type { PlannedChunk } from '../../mock-agent/planned-stream.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import {
  effectOf,
  eventEffects,
  textFaultsOf,
  movesText,
  rejectionBy,
  wireFaultOf,
} from '../../proto/wire-fault.ts';
import type { ExpectedOutcome } from '../../reports/sample.ts';
import { clientViewOf, type ClientView } from './client-view.ts';
import { predictInDialect, predictOutcome, type PredictedOutcome } from './predict-outcome.ts';

/** The time limits of a stream, in milliseconds. */
export interface StreamBounds {
  /** The load client's limit without text. */
  idleLimitMs: number;
  /** The load client's limit for the complete stream. */
  streamLimitMs: number;
  /** The gateway's limit for the complete stream (C5). */
  gatewayLimitMs: number;
}

/** The expected outcome of a stream, with its text. */
export interface Expectation extends ExpectedOutcome {
  /** The text that the client reads; null if wire faults move text that a limit then cuts. */
  text: string | null;
}

/**
 * The distance to a limit, in milliseconds, within which the outcome is unknown: the push interval, the
 * client's limit check (every 100 ms) and the delays of the machine.
 */
const marginMs = 300;

/**
 * Returns the expected outcome of a stream under a load: that of its plan, unless a limit of the load or
 * of the gateway ends it before.
 * @returns null if the plan does not decide the outcome: a limit is too close to an event of the plan, or
 *   events travel together at unknown times
 * @param plan as the format of the client shows it
 */
export function expectOutcome(
  plan: StreamPlan,
  bounds: StreamBounds,
  view: ClientView = clientViewOf(undefined),
): Expectation | null {
  const foretold = view.showsParts ? predictInDialect(plan) : predictOutcome(plan);
  const { outputAtMs, endAtMs } = timesOf(plan, foretold, view.showsParts);
  let sinceMs = 0;
  for (const atMs of [...outputAtMs, endAtMs]) {
    const idleAtMs = sinceMs + bounds.idleLimitMs;
    const limitAtMs = Math.min(idleAtMs, bounds.streamLimitMs, bounds.gatewayLimitMs);
    if (Math.abs(atMs - limitAtMs) <= marginMs) return null;
    if (atMs > limitAtMs) {
      return brokenOff(plan, bounds, idleAtMs, sinceMs, view);
    }
    sinceMs = atMs;
  }
  if (hasUnknownTimes(plan) && endAtMs > bounds.idleLimitMs - marginMs) return null;
  return {
    outcome: foretold.outcome === 'rejected' ? view.refusal : foretold.outcome,
    detail: detailOf(plan, foretold, view),
    text: foretold.text,
  };
}

/** Returns the outcome of a stream that a limit ends after its output up to a time; null if two limits are too close. */
function brokenOff(
  plan: StreamPlan,
  { streamLimitMs, gatewayLimitMs }: StreamBounds,
  idleAtMs: number,
  sinceMs: number,
  view: ClientView,
): Expectation | null {
  if (hasUnknownTimes(plan)) return null;
  const [first, second] = [
    { outcome: 'stalled', detail: '', atMs: idleAtMs } as const,
    { outcome: 'timed-out', detail: '', atMs: streamLimitMs } as const,
    { outcome: 'failed', detail: view.failed('TIMEOUT'), atMs: gatewayLimitMs } as const,
  ].toSorted((a, b) => a.atMs - b.atMs);
  if (first === undefined || second === undefined) return null;
  if (second.atMs - first.atMs <= marginMs) return null;
  const sent = plan.chunks.filter(({ atMs }) => atMs <= sinceMs);
  return {
    outcome: first.outcome,
    detail: first.detail,
    text: movesText(plan.wire) ? null : sent.map(({ delta }) => delta).join(''),
  };
}

/** Returns when a client has each text (in a dialect, each part too), and the end, if everything happens as planned. */
function timesOf(
  plan: StreamPlan,
  { outcome }: PredictedOutcome,
  showsParts: boolean,
): { outputAtMs: number[]; endAtMs: number } {
  const { acceptAtMs, chunks, wire } = plan;
  const isBuffered = wire.some((fault) => effectOf(fault).textArrives === 'at-the-end');
  if (outcome === 'rejected') {
    // The head of the response decides.
    return { outputAtMs: [], endAtMs: isBuffered ? plan.end.atMs : (acceptAtMs ?? plan.end.atMs) };
  }
  const hidden = textFaultsOf(wire).filter(
    ({ how, fromChar, toChar }) =>
      (eventEffects[how].copies === 0 || eventEffects[how].afterNext) && toChar > fromChar,
  );
  const cut = wireFaultOf(wire, 'cut');
  const outputAtMs: number[] = [];
  let endAtMs = plan.end.kind === 'silence' ? Number.POSITIVE_INFINITY : plan.end.atMs;
  let chars = 0;
  const cutAtMs = (atMs: number) => Math.max(atMs, (acceptAtMs ?? 0) + (cut?.afterMs ?? 0));
  if (cut?.afterChars === 0) endAtMs = cutAtMs(0);
  for (const chunk of chunks) {
    const { atMs, delta, isFinal } = chunk;
    const strikes = hidden.find(({ fromChar }) => fromChar === chars);
    chars += countChars(delta);
    if (strikes && eventEffects[strikes.how].isUnreadable && delta !== '') {
      endAtMs = Math.min(endAtMs, atMs);
    }
    if (isFinal) endAtMs = Math.min(endAtMs, atMs);
    if (cut !== undefined && chars >= cut.afterChars) endAtMs = Math.min(endAtMs, cutAtMs(atMs));
    if (atMs > endAtMs) break;
    const isOutput = delta !== '' ? strikes === undefined : showsParts && hasOutput(chunk);
    if (isOutput) outputAtMs.push(atMs);
  }
  return { outputAtMs: isBuffered ? [] : outputAtMs, endAtMs };
}

/** Whether a chunk has reasoning or fragments of tool calls. */
function hasOutput({ parts }: PlannedChunk): boolean {
  return parts?.reasoning !== undefined || parts?.toolCalls !== undefined;
}

/** Whether text waits for later text, so that its time is unknown. */
function hasUnknownTimes({ wire }: Pick<StreamPlan, 'wire'>): boolean {
  return wire.some((fault) => effectOf(fault).textArrives === 'with-later-text');
}

/** Returns the detail of a sample; empty if the plan does not decide it. */
function detailOf(
  { wire }: StreamPlan,
  { outcome, status, code }: PredictedOutcome,
  view: ClientView,
): string {
  if (outcome === 'failed') return code === undefined ? '' : view.failed(code);
  if (outcome !== 'rejected') return '';
  const contentType = rejectionBy(wire)?.contentType;
  if (status === 200) return contentType === undefined ? '' : `content type ${contentType}`;
  return code === undefined ? `status ${status}` : view.rejected(status, code);
}
