import type { StreamEvent } from '../../proto/stream-event.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { GoneKind } from '../client-gone.ts';
import { addChunk, takeText, type ChunkBuffer } from './chunk-buffer.ts';
import { createChunkQueue, type ChunkQueue } from './chunk-queue.ts';
import { errorBody, GatewayError, timeLimitError } from '../errors.ts';
import type { EndCause, RequestEvents, StreamControl, StreamFigures } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { startLimit } from './limit.ts';
import { notePush, noteText, pushDelayMs, startPace } from './pacer.ts';
import {
  clearInterval,
  clearTimeout,
  dateNow,
  performance,
  setInterval,
  setTimeout,
} from '../../proto/timers.ts';

/** The destination of a stream's events: an SSE response or a WebSocket. */
export interface EventSink {
  /** Takes a complete event; returns false if the caller should wait for `onceDrained`. */
  send(event: StreamEvent): boolean;
  onceDrained(callback: () => void): void;
  /** Ends the stream; calls back once everything is flushed. */
  end(onFlushed: () => void): void;
  /** Disconnects a client that does not read. */
  destroy(): void;
}

export type StreamOptions = Pick<
  GatewayOptions,
  'pushIntervalMs' | 'bufferChunks' | 'pingIntervalMs' | 'holdLimitMs'
> & {
  /** Sends each chunk at once and as it is, in place of merged text at the specified distance (D2). */
  keepsChunks?: boolean | undefined;
};

/** An open stream. */
export interface Stream extends Pick<StreamControl, 'isDrained' | 'setPings' | 'setClock'> {
  /** Ends the stream with an error event, after all text received before it (C2). */
  fail(error: GatewayError): void;
  /** Stops all work because the client is gone (B4). */
  abandon(cause: GoneKind): void;
  /** Ends the body without the final message. */
  truncate(): void;
}

/** The counters of a stream, and its callbacks. */
interface StreamObserver extends Pick<RequestEvents, 'firstMessage' | 'message'> {
  figures: StreamFigures;
  /** Called once, when everything is sent or the stream is abandoned. */
  ended(cause: EndCause): void;
}

/** How long an agent may keep its call open after the final chunk, and a client may read after the time limit. */
const graceMs = 1000;

/**
 * Sends an agent's chunks to a client as events (B2 to C5, D2, D3).
 *
 * Text is buffered with a bound and sent in paced messages. The stream ends once, with a final message or an
 * error event, and nothing follows. A slow client pauses the agent.
 *
 * @param limitMs the remaining time of the stream (C5)
 */
export function startStream(
  call: Pick<AgentCall, 'read' | 'pause' | 'resume' | 'cancel'>,
  sink: EventSink,
  options: StreamOptions,
  limitMs: number,
  observer: StreamObserver,
): Stream {
  const { figures, firstMessage: onFirstMessage, message: onMessage } = observer;
  const { pushIntervalMs, bufferChunks, keepsChunks = false } = options;
  const queue = keepsChunks ? createChunkQueue(bufferChunks) : undefined;
  const buffer: ChunkBuffer = { text: '', chunks: 0 };
  let ending: 'final' | GatewayError | undefined;
  const pace = startPace();
  let isSinkFull = false;
  let isPaused = false;
  let isAgentDone = false;
  /** Nothing more will be sent. */
  let isFinished = false;
  /** Everything is sent, or the stream is abandoned. */
  let isClosed = false;
  let pushTimer: NodeJS.Timeout | undefined;
  let callTimer: NodeJS.Timeout | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let arePingsSent = true;

  const send = (event: StreamEvent) => {
    if (sink.send(event) || isSinkFull) return;
    isSinkFull = true;
    sink.onceDrained(() => {
      isSinkFull = false;
      push();
    });
  };

  /** Sends buffered text if it is due; ends the stream once nothing is buffered. */
  const push = () => {
    if (isFinished || isSinkFull) return;
    if (queue !== undefined && !pushChunks(queue)) return;
    const hasText = buffer.chunks > 0;
    // An error event is not a message, so without text it is sent at once.
    if (hasText || ending === 'final') {
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
      if (hasText) countMessage(nowMs, delta);
      resume();
    }
    if (ending === undefined) return;
    if (ending !== 'final') send({ event: 'error', data: errorBody(ending) });
    finish();
  };

  /** Sends the chunks that wait, each as a message; returns whether the end is all that is left to send. */
  const pushChunks = (chunks: ChunkQueue): boolean => {
    for (let next = chunks.take(); next !== undefined; next = chunks.take()) {
      const isFinal = ending === 'final' && chunks.isEmpty();
      const { delta, parts } = next;
      send({ event: 'message', data: { delta, isFinal, parts } });
      if (delta !== '') countMessage(performance.now(), delta);
      resume();
      if (isFinal) finish();
      if (isFinished || isSinkFull) return false;
    }
    return ending !== undefined;
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
    if (!isPaused) return;
    isPaused = false;
    call.resume();
  };

  const pause = () => {
    if (!isPaused) figures.pauses += 1;
    isPaused = true;
    call.pause();
  };

  /** Ends the stream; only the first end counts (B3, C1). */
  const end = (reason: 'final' | GatewayError) => {
    ending ??= reason;
    push();
  };

  const stopWork = () => {
    if (isFinished) return;
    isFinished = true;
    clearTimeout(pushTimer);
    clearInterval(pingTimer);
    // After the final chunk the call normally ends by itself; cancels are limited per connection.
    if (!isAgentDone && ending === 'final') callTimer = setTimeout(call.cancel, graceMs).unref();
    else if (!isAgentDone) call.cancel();
  };

  /** The time limit stays active until the client has read everything, which can be megabytes. */
  const finish = () => {
    stopWork();
    sink.end(() => close(ending instanceof GatewayError ? ending.code : 'completed'));
  };

  const close = (cause: EndCause) => {
    if (isClosed) return;
    isClosed = true;
    stopWork();
    limit.stop();
    clearTimeout(graceTimer);
    observer.ended(cause);
  };

  const endOfAgent = (reason: 'final' | GatewayError) => {
    isAgentDone = true;
    clearTimeout(callTimer);
    end(reason);
  };

  const giveUp = () => {
    sink.destroy();
    close('not-read');
  };

  const pingTimer = setInterval(() => {
    // If the client does not read, a ping would only fill the buffer further.
    if (!isSinkFull && arePingsSent) {
      figures.pings += 1;
      send({ event: 'ping', data: { timestamp: Math.floor(dateNow() / 1000) } });
    }
  }, options.pingIntervalMs);

  const limit = startLimit(limitMs, options.holdLimitMs, () => {
    graceTimer = setTimeout(giveUp, graceMs);
    end(timeLimitError());
  });

  call.read({
    chunk({ delta, isFinal, error, parts }) {
      if (isFinished || ending !== undefined) return;
      if (queue !== undefined) {
        if (delta !== '') figures.chunks += 1;
        else if (parts !== undefined) figures.parts += 1;
        const isEmpty = delta === '' && parts === undefined;
        if (!isEmpty && queue.add({ delta, parts })) pause();
      } else if (delta !== '') {
        figures.chunks += 1;
        noteText(performance.now(), pace, pushIntervalMs);
        if (addChunk(buffer, delta, bufferChunks)) pause();
      }
      if (error !== '') end(new GatewayError('GENERATION_ERROR', error));
      else if (isFinal) end('final');
      else push();
    },
    ended: () => endOfAgent('final'),
    failed: endOfAgent,
  });

  return {
    fail: end,
    abandon: close,
    truncate() {
      if (isFinished) return;
      stopWork();
      sink.end(() => close('cut'));
    },
    isDrained: () => !isSinkFull && buffer.chunks === 0 && queue?.isEmpty() !== false,
    setPings(areOn) {
      arePingsSent = areOn;
    },
    setClock: limit.setClock,
  };
}
