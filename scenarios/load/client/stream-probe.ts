import type { Phase, StreamSample } from '../../../reports/sample.ts';
import {
  bodyEnded,
  connectionBroke,
  endedSo,
  type Ending,
  leaving,
  type OpenStream,
  openStream,
  overdue,
  sampleOf,
  type StreamLimits,
  takeBody,
  takeHead,
} from './open-stream.ts';
import { createSteeredClient, type Loss, type Target } from './steered-client.ts';

/** What all streams of a load share. */
export interface ProbeContext {
  target: Target;
  headersFor(key: string): Record<string, string>;
  limits: StreamLimits;
  /** After how many messages with text the client leaves this stream; null where it stays. */
  leaveAfterOf(key: string): number | null;
  /** How many bytes a second the client reads of this stream; null where it reads as they come. */
  readingSpeedOf(key: string): number | null;
  /**
   * Takes the next stream of the load; null where it has had them all.
   * @param ownKey its key, where whoever starts it may choose
   */
  nextKey(startAtMs: number, ownKey: string): string | null;
  /** Milliseconds from the start of the load, as are all times here. */
  clock(): number;
  phaseAt(atMs: number): Phase;
  /** A request was written; exactly one `onEnd` follows. */
  onStart(): void;
  onEnd(sample: StreamSample): void;
}

/** A client of autocannon's, running one stream at a time. Every stream that is started gives exactly one sample. */
export interface StreamProbe {
  /**
   * Starts a stream, or does so once its time has come. Not to be called in the turn in which the
   * stream before has ended: the parser may be in the middle of its bytes.
   * @param startAtMs when it should start
   */
  start(key: string, startAtMs: number): void;
  /** Ends the stream that is over one of its limits. To be called now and then: no stream has a timer of its own. */
  checkLimits(nowMs: number): void;
  /** Ends the open stream as censored, and the probe; resolves when every socket is closed. */
  close(): Promise<void>;
}

/** @param ended is told of every end, after the load */
export function createStreamProbe(
  slot: number,
  load: ProbeContext,
  ended: (sample: StreamSample) => void,
): StreamProbe {
  let stream: OpenStream | null = null;
  let leaveAfter: number | null = null;
  let bytesPerSec: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const client = createSteeredClient(load.target, {
    connected() {
      if (stream) stream.connected = true;
    },
    headed(status, contentType) {
      if (stream) takeHead(stream, status, contentType);
    },
    body(bytes) {
      if (!stream) return;
      const atMs = load.clock();
      const ending = takeBody(stream, bytes, atMs) ?? leaving(stream, leaveAfter, atMs);
      if (ending) giveUp(ending);
      else if (bytesPerSec !== null) client.rest((bytes.length * 1000) / bytesPerSec);
    },
    complete() {
      if (stream) end(bodyEnded(stream, 'body', load.clock()));
    },
    lost(loss) {
      if (stream) end(afterLoss(stream, loss, load.clock()));
    },
  });

  function start(key: string, startAtMs: number): void {
    if (load.clock() < startAtMs) {
      // Node's timers may fire a fraction of a millisecond early: an answer could come before the start.
      timer = setTimeout(start, 1, key, startAtMs);
      return;
    }
    leaveAfter = load.leaveAfterOf(key);
    bytesPerSec = load.readingSpeedOf(key);
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
      readSlowly: bytesPerSec !== null,
    });
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
    load.onEnd(sample);
    ended(sample);
  }

  return {
    start,
    checkLimits(nowMs) {
      const ending = stream && overdue(stream, load.limits, nowMs);
      if (ending) giveUp(ending);
    },
    close() {
      clearTimeout(timer);
      if (stream) giveUp(endedSo(stream, 'censored', 'the load was ended', load.clock()));
      return client.close();
    },
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
