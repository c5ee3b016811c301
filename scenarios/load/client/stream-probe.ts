import type { Answer } from '../../../proto/dialects/answer.ts';
import type { Phase, StreamSample } from '../../../reports/sample.ts';
import type { ClientHooks, LoadClient, Loss, OutgoingRequest } from './load-client.ts';
import {
  bodyEnded,
  connectionBroke,
  endingOf,
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
import { resumedRequest, takeBreak, takeResumedHead } from './resumption.ts';
import type { StreamFormat } from './stream-format.ts';

/** The context that all streams of a load share. */
export interface ProbeContext {
  openClient(hooks: ClientHooks): LoadClient;
  format: StreamFormat;
  /** @param body that of a request of a conversation; by default the stream has a prompt alone */
  requestFor(key: string, body?: string): OutgoingRequest;
  /** How often a stream that breaks is resumed at most; null in a load that resumes none. */
  reconnects: number | null;
  limits: StreamLimits;
  /** Returns after how many messages with text the client leaves a stream; null if it stays. */
  leaveAfterOf(key: string): number | null;
  /** Returns how many bytes per second the client reads of a stream; null without a limit. */
  readingSpeedOf(key: string): number | null;
  /**
   * Returns the key of the next stream; null if the load has had all its streams.
   * @param ownKey the key that the caller suggests, used unless the load has a total
   */
  nextKey(startAtMs: number, ownKey: string): string | null;
  /** Returns milliseconds from the start of the load, as all times here. */
  clock(): number;
  phaseAt(atMs: number): Phase;
  /** A request was written; exactly one `onEnd` follows. */
  onStart(): void;
  onEnd(sample: StreamSample): void;
}

/** A request of a conversation. */
export interface StreamRequest {
  body: string;
  /** The number of the user's message, and of the request for it, both from 1. */
  turn: number;
  step: number;
}

/** Runs one stream at a time and makes exactly one sample of each. */
export interface StreamProbe {
  /**
   * Starts a stream when it is due. May not be called in the turn in which the previous stream ended,
   * since the parser may be within its bytes.
   * @param startAtMs when it is due
   * @param request by default the request of the load
   */
  start(key: string, startAtMs: number, request?: StreamRequest): void;
  /** Ends the stream if it has exceeded a limit. Streams have no timers, so the load calls this regularly. */
  checkLimits(nowMs: number): void;
  /** Ends the open stream as censored, and the probe; resolves when every socket is closed. */
  close(): Promise<void>;
}

/**
 * @param onEnd receives each sample, after the load has received it, and the answer where the format of the load
 *   keeps it
 */
export function createStreamProbe(
  slot: number,
  load: ProbeContext,
  onEnd: (sample: StreamSample, answer?: Answer) => void,
): StreamProbe {
  let stream: OpenStream | null = null;
  let outgoing: OutgoingRequest | null = null;
  let leaveAfter: number | null = null;
  let bytesPerSec: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const client = load.openClient({
    connected() {
      if (stream) stream.connected = true;
    },
    head(status, contentType) {
      if (!stream) return;
      if (stream.reconnects?.isPending !== true) {
        takeHead(stream, status, contentType);
        return;
      }
      const ending = takeResumedHead(stream, { status, contentType }, load.clock());
      if (ending) abandon(ending);
    },
    body(bytes) {
      if (!stream) return;
      const atMs = load.clock();
      const ending = takeBody(stream, bytes, atMs) ?? leaving(stream, leaveAfter, atMs);
      if (ending) abandon(ending);
      else if (bytesPerSec !== null) client.pause((bytes.length * 1000) / bytesPerSec);
    },
    complete() {
      if (stream) settle(stream, bodyEnded(stream, 'body', load.clock()));
    },
    lost(loss) {
      if (stream) settle(stream, afterLoss(stream, loss, load.clock()));
    },
  });

  function start(key: string, startAtMs: number, request?: StreamRequest): void {
    if (load.clock() < startAtMs) {
      // Node's timers may fire a fraction of a millisecond early; a response could precede the start.
      timer = setTimeout(start, 1, key, startAtMs, request);
      return;
    }
    leaveAfter = load.leaveAfterOf(key);
    bytesPerSec = load.readingSpeedOf(key);
    const reused = client.isConnected();
    outgoing = load.requestFor(key, request?.body);
    client.send(outgoing);
    // Read after the write, so that building and writing a request count as our lateness.
    const writtenAtMs = load.clock();
    stream = openStream(
      {
        slot,
        key,
        phase: load.phaseAt(startAtMs),
        startAtMs,
        writtenAtMs,
        reused,
        readSlowly: bytesPerSec !== null,
        ...(request && { turn: request.turn, step: request.step }),
      },
      load.format,
      load.reconnects,
    );
    load.onStart();
  }

  /** Ends a stream whose response has ended, or resumes it after a pause. */
  function settle(broken: OpenStream, ending: Ending): void {
    const next = takeBreak(broken, ending);
    if ('outcome' in next) end(next);
    else timer = setTimeout(reconnect, next.retryMs);
  }

  function reconnect(): void {
    if (stream && outgoing) client.send(resumedRequest(stream, outgoing));
  }

  /** Ends a stream and closes its connection. */
  function abandon(ending: Ending): void {
    clearTimeout(timer);
    client.drop();
    end(ending);
  }

  function end(ending: Ending): void {
    if (!stream) return;
    const sample = sampleOf(stream, ending);
    const { body } = stream;
    stream = null;
    load.onEnd(sample);
    onEnd(sample, body?.kind === 'stream' ? body.answer?.() : undefined);
  }

  return {
    start,
    checkLimits(nowMs) {
      const ending = stream && overdue(stream, load.limits, nowMs);
      if (ending) abandon(ending);
    },
    close() {
      clearTimeout(timer);
      if (stream) abandon(endingOf(stream, 'censored', 'the load was ended', load.clock()));
      return client.close();
    },
  };
}

function afterLoss(stream: OpenStream, loss: Loss, atMs: number): Ending {
  switch (loss.kind) {
    case 'closed':
      return bodyEnded(stream, 'connection', atMs);
    case 'ended':
      return endingOf(stream, 'cut', `${loss.by} without ${stream.format.finalEvent}`, atMs);
    case 'broken':
      return connectionBroke(stream, loss.code, atMs);
    case 'garbled':
      return endingOf(stream, 'malformed', loss.reason, atMs);
  }
}
