import type { Phase, StreamSample } from '../../reports/sample.ts';
import {
  bodyEnded,
  connectionBroke,
  endedSo,
  type Ending,
  type OpenStream,
  openStream,
  overdue,
  sampleOf,
  type StreamLimits,
  takeBody,
  takeHead,
} from './open-stream.ts';
import { requestKeyOf } from './request.ts';
import { pauseAfterMs } from './start-times.ts';
import { createSteeredClient, type Loss, type Target } from './steered-client.ts';

/** What all slots of a load share. */
export interface ProbeContext {
  target: Target;
  headersFor(key: string): Record<string, string>;
  limits: StreamLimits;
  thinkMs: number;
  /** No stream starts then or later; milliseconds from the start of the load, as are all times here. */
  lastStartMs: number;
  clock(): number;
  phaseAt(atMs: number): Phase;
  /** A request was written; exactly one `onEnd` follows. */
  onStart(): void;
  onEnd(sample: StreamSample): void;
}

/** One slot of the load: a client of autocannon's, running one stream after another. */
export interface StreamProbe {
  /** Ends the stream that is over one of its limits. To be called now and then: no stream has a timer of its own. */
  checkLimits(nowMs: number): void;
  /** Ends the open stream as censored; no further one starts. */
  abort(): void;
  /** Resolves when the last stream has ended and every socket is closed. */
  done: Promise<void>;
}

/**
 * Starts a slot with its first stream. Every stream that is started gives exactly one sample.
 * @param firstStartMs when the first stream should have started
 */
export function startStreamProbe(
  slot: number,
  firstStartMs: number,
  load: ProbeContext,
): StreamProbe {
  let stream: OpenStream | null = null;
  let started = 0;
  let pauseMs = 0;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const client = createSteeredClient(load.target, {
    connected() {
      if (stream) stream.connected = true;
    },
    headed(status, contentType) {
      if (stream) takeHead(stream, status, contentType);
    },
    body(bytes) {
      const ending = stream && takeBody(stream, bytes, load.clock());
      if (ending) giveUp(ending);
    },
    complete() {
      if (stream) end(bodyEnded(stream, 'body', load.clock()));
    },
    lost(loss) {
      if (stream) end(afterLoss(stream, loss, load.clock()));
    },
  });

  function start(startAtMs: number): void {
    if (over) return;
    if (load.clock() < startAtMs) {
      // Node's timers may fire a fraction of a millisecond early: an answer could come before the start.
      timer = setTimeout(start, 1, startAtMs);
      return;
    }
    const key = requestKeyOf(slot, started);
    const reused = client.isConnected();
    client.send(load.headersFor(key));
    // The clock is read after the write: what building and writing a request takes is our lateness.
    const writtenAtMs = load.clock();
    stream = openStream({
      slot,
      key,
      phase: load.phaseAt(startAtMs),
      startAtMs,
      writtenAtMs,
      reused,
    });
    started += 1;
    load.onStart();
  }

  /** Ends a stream whose connection still stands, but is of no more use. */
  function giveUp(ending: Ending): void {
    client.drop();
    end(ending);
  }

  function end(ending: Ending): void {
    if (!stream) return;
    const sample = sampleOf(stream, ending);
    stream = null;
    pauseMs = pauseAfterMs(sample, pauseMs);
    load.onEnd(sample);
    schedule(load.clock(), Math.max(load.thinkMs, pauseMs));
  }

  function schedule(nowMs: number, waitMs: number): void {
    const startAtMs = nowMs + waitMs;
    if (startAtMs >= load.lastStartMs) finish();
    else if (waitMs > 0) timer = setTimeout(start, waitMs, startAtMs);
    // Not at once: the parser may be in the middle of the bytes that ended the stream before.
    else queueMicrotask(() => start(startAtMs));
  }

  function finish(): void {
    if (over) return;
    over = true;
    clearTimeout(timer);
    void client.close().then(settle);
  }

  start(firstStartMs);
  return {
    checkLimits(nowMs) {
      const ending = stream && overdue(stream, load.limits, nowMs);
      if (ending) giveUp(ending);
    },
    abort() {
      if (stream) giveUp(endedSo(stream, 'censored', 'the load was ended', load.clock()));
      finish();
    },
    done,
  };
}

function afterLoss(stream: OpenStream, loss: Loss, atMs: number): Ending {
  switch (loss.how) {
    case 'closed':
      return bodyEnded(stream, 'connection', atMs);
    case 'broken':
      return connectionBroke(stream, loss.code, atMs);
    case 'garbled':
      return endedSo(stream, 'malformed', 'the answer is not HTTP', atMs);
  }
}
