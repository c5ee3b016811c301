import type { StreamEvent } from '../../proto/stream-event.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { GoneKind } from '../client-gone.ts';
import { addChunk, takeText, type ChunkBuffer } from './chunk-buffer.ts';
import { errorBody, GatewayError } from '../errors.ts';
import type { EndCause, RequestEvents, StreamFigures } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { notePush, noteText, pushDelayMs, startPace } from './pacer.ts';
import {
  clearInterval,
  clearTimeout,
  dateNow,
  performance,
  setInterval,
  setTimeout,
} from '../../proto/timers.ts';

/** Where the events of a stream go: an SSE response, a WebSocket. */
export interface EventSink {
  /** Takes an event whole; false means that no more should come before `onceDrained` calls back. */
  send(event: StreamEvent): boolean;
  onceDrained(callback: () => void): void;
  /** Nothing more will be sent; calls back once the client's side has taken all that was. */
  end(flushed: () => void): void;
  /** Gives up a client that does not read. */
  destroy(): void;
}

export type StreamOptions = Pick<
  GatewayOptions,
  'pushIntervalMs' | 'bufferChunks' | 'pingIntervalMs'
>;

/** A stream under way. */
export interface Stream {
  /** Ends it with an error event; what was received before goes out first (C2). */
  fail(error: GatewayError): void;
  /** The client is gone: stops all work (B4). */
  abandon(cause: GoneKind): void;
}

/** What a stream counts in, and its callbacks. */
interface Observed extends Pick<RequestEvents, 'firstMessage' | 'message'> {
  figures: StreamFigures;
  /** Called once, when everything was sent or given up. */
  ended(cause: EndCause): void;
}

/** How long an agent may leave its call open after its last word, and a client its answer unread after the limit. */
const graceMs = 1000;

/**
 * Carries an agent's chunks to a client as events (specification B2 to C5, D2, D3).
 *
 * The text waits in a bounded buffer and leaves in messages that keep their distance. The stream ends
 * once, with a final message or with an error event, and nothing follows either. A client that reads
 * slowly holds the agent up.
 *
 * @param limitMs what is left of the stream's whole life (C5).
 */
export function startStream(
  call: Pick<AgentCall, 'read' | 'pause' | 'resume' | 'cancel'>,
  sink: EventSink,
  options: StreamOptions,
  limitMs: number,
  observed: Observed,
): Stream {
  const { figures, firstMessage: onFirstMessage, message: onMessage } = observed;
  const { pushIntervalMs, bufferChunks } = options;
  const buffer: ChunkBuffer = { text: '', chunks: 0 };
  let ending: 'final' | GatewayError | undefined;
  const pace = startPace();
  let sinkFull = false;
  let paused = false;
  let agentDone = false;
  /** Nothing more will be sent. */
  let finished = false;
  /** All was sent, or given up. */
  let over = false;
  let pushTimer: NodeJS.Timeout | undefined;
  let callTimer: NodeJS.Timeout | undefined;

  const send = (event: StreamEvent) => {
    if (sink.send(event) || sinkFull) return;
    sinkFull = true;
    sink.onceDrained(() => {
      sinkFull = false;
      push();
    });
  };

  /** Sends what waits and may leave now; ends the stream once nothing waits any more. */
  const push = () => {
    if (finished || sinkFull) return;
    const textWaits = buffer.chunks > 0;
    // An error is no message: with no text before it there is no distance to keep.
    if (textWaits || ending === 'final') {
      const nowMs = performance.now();
      const delayMs = pushDelayMs(nowMs, pace, pushIntervalMs);
      if (delayMs > 0) {
        pushTimer ??= setTimeout(() => {
          pushTimer = undefined;
          push();
        }, Math.ceil(delayMs));
        return;
      }
      notePush(nowMs, pace, pushIntervalMs);
      const delta = takeText(buffer);
      send({ event: 'message', data: { delta, isFinal: ending === 'final' } });
      if (textWaits) countMessage(nowMs, delta);
      resume();
    }
    if (ending === undefined) return;
    if (ending !== 'final') send({ event: 'error', data: errorBody(ending) });
    finish();
  };

  const countMessage = (atMs: number, delta: string) => {
    figures.messages += 1;
    figures.lastMessageAtMs = atMs;
    onMessage?.(atMs, delta);
    if (figures.messages > 1) return;
    figures.firstMessageAtMs = atMs;
    onFirstMessage?.(atMs);
  };

  const resume = () => {
    if (!paused) return;
    paused = false;
    call.resume();
  };

  const pause = () => {
    if (!paused) figures.pauses += 1;
    paused = true;
    call.pause();
  };

  /** The first end counts; whatever comes after it comes too late (B3, C1). */
  const end = (how: 'final' | GatewayError) => {
    ending ??= how;
    push();
  };

  const stopWork = () => {
    if (finished) return;
    finished = true;
    clearTimeout(pushTimer);
    clearInterval(pingTimer);
    // A call that has said its last word ends by itself, and a cancel would cost the connection.
    if (!agentDone && ending === 'final') callTimer = setTimeout(call.cancel, graceMs).unref();
    else if (!agentDone) call.cancel();
  };

  /** The last event may have megabytes before it: the limit holds until the client has taken them. */
  const finish = () => {
    stopWork();
    sink.end(() => close(ending instanceof GatewayError ? ending.code : 'completed'));
  };

  const close = (cause: EndCause) => {
    if (over) return;
    over = true;
    stopWork();
    clearTimeout(limitTimer);
    observed.ended(cause);
  };

  const agentEnds = (how: 'final' | GatewayError) => {
    agentDone = true;
    clearTimeout(callTimer);
    end(how);
  };

  const giveUp = () => {
    sink.destroy();
    close('not-read');
  };

  const pingTimer = setInterval(() => {
    // Where the client does not read, a ping would only fill its buffer further.
    if (!sinkFull) {
      figures.pings += 1;
      send({ event: 'ping', data: { timestamp: Math.floor(dateNow() / 1000) } });
    }
  }, options.pingIntervalMs);

  let limitTimer = setTimeout(() => {
    limitTimer = setTimeout(giveUp, graceMs);
    end(new GatewayError('TIMEOUT', 'the stream reached its time limit'));
  }, limitMs);

  call.read({
    chunk({ delta, isFinal, error }) {
      if (finished || ending !== undefined) return;
      if (delta !== '') {
        figures.chunks += 1;
        noteText(performance.now(), pace, pushIntervalMs);
        if (addChunk(buffer, delta, bufferChunks)) pause();
      }
      if (error !== '') end(new GatewayError('GENERATION_ERROR', error));
      else if (isFinal) end('final');
      else push();
    },
    ended: () => agentEnds('final'),
    failed: agentEnds,
  });

  return { fail: end, abandon: close };
}
