import type { StreamSample } from '../../reports/sample.ts';
import type { Span } from './profile/levels.ts';
import { pauseAfterMs } from './profile/pause.ts';
import { requestKeyOf } from './request.ts';
import type { ProbeContext } from './client/stream-probe.ts';
import type { OpenProbe } from './open-probe.ts';

/** A slot of a closed load, which runs one stream after another. */
export interface Slot {
  checkLimits(nowMs: number): void;
  /** Ends the open stream as censored, and starts no other. */
  abort(): void;
  /** Resolves when the last stream has ended and every socket is closed. */
  done: Promise<void>;
}

/**
 * Starts a slot with its first stream, due at the start of its first span.
 * @param spans when streams may start
 * @param thinkMs the minimum pause between two streams
 */
export function startSlot(
  slot: number,
  spans: readonly [Span, ...Span[]],
  thinkMs: number,
  load: ProbeContext,
  openProbe: OpenProbe,
): Slot {
  let started = 0;
  let pauseMs = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const isWithin = (atMs: number) =>
    spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
  const probe = openProbe(slot, isWithin, onEnd);

  function start(startAtMs: number): void {
    if (over) return;
    const key = load.nextKey(startAtMs, requestKeyOf(slot, started));
    if (key === null) {
      finish();
      return;
    }
    started += 1;
    probe.start(key, startAtMs);
  }

  function onEnd(sample: StreamSample): void {
    if (over) return;
    pauseMs = pauseAfterMs(sample, pauseMs);
    const nowMs = load.clock();
    const earliestMs = nowMs + Math.max(thinkMs, pauseMs);
    const span = spans.find(({ toMs }) => earliestMs < toMs);
    if (span === undefined) finish();
    else schedule(Math.max(earliestMs, span.fromMs), nowMs);
  }

  function schedule(startAtMs: number, nowMs: number): void {
    if (startAtMs > nowMs) timer = setTimeout(start, startAtMs - nowMs, startAtMs);
    // Not synchronously: the parser may be within the bytes that ended the previous stream.
    else queueMicrotask(() => start(startAtMs));
  }

  function finish(): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    void probe.close().then(settle);
  }

  start(spans[0].fromMs);
  return { checkLimits: probe.checkLimits, abort: finish, done };
}
