import type { Channel } from '@grpc/grpc-js';

import type { StreamChunk } from '../../proto/agent-service.ts';
import { GatewayError } from '../errors.ts';
import type { AgentInterface } from './agent-interface.ts';
import type { TappedStream } from './frame-tap.ts';
import {
  createMessageSplitter,
  isWholeMessage,
  prefixBytes,
  unreadableMessage,
  withPrefix,
} from './message-splitter.ts';

/** Receives the messages of a call in order, then `done` or `refused` once. */
export interface MessageReader {
  chunk(chunk: StreamChunk): void;
  /** All messages of the call have been delivered. */
  done(): void;
  /** A message could not be read, so reading has stopped. */
  refused(error: GatewayError): void;
}

/** The control of a call's messages. */
export interface MessageFlow {
  pause(): void;
  resume(): void;
  /** Stops for good; the reader is not called again. */
  stop(): void;
  /** Called when the status has arrived: no further message follows the received ones. */
  close(): void;
}

/** The call object of grpc-js below its readable streams. */
export type Call = ReturnType<Channel['createCall']>;

/** The messages that grpc-js delivers, in the form of a tapped stream. */
export interface DeliveredStream extends TappedStream {
  /** Takes a message that grpc-js has delivered. */
  take(message: Buffer): void;
}

/** Lets grpc-js deliver the messages of a call, one for each request. */
export function deliverMessages(call: Pick<Call, 'startRead'>): DeliveredStream {
  let reader: ((payload: Buffer) => void) | undefined;
  let isRequested = false;
  let isPaused = false;

  const requestMessage = () => {
    if (isRequested || isPaused) return;
    isRequested = true;
    call.startRead();
  };

  return {
    read(newReader) {
      reader = newReader;
      requestMessage();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      requestMessage();
    },
    take(message) {
      isRequested = false;
      reader?.(withPrefix(message));
      requestMessage();
    },
  };
}

/**
 * Reads a call from the DATA frames of its connection or, as a fallback, from the messages that grpc-js
 * delivers. grpc-js and its HTTP/2 session keep everything else: connection, metadata, deadline, cancel and
 * status.
 *
 * The path through them would be most of the cost of a message: a readable stream, five listeners, a promise
 * and two ticks. They would also lose messages that are received before an error.
 *
 * @param limitBytes the largest message
 */
export function readFrames(
  stream: TappedStream,
  deserialize: AgentInterface['deserialize'],
  limitBytes: number,
  reader: MessageReader,
): MessageFlow {
  const splitter = createMessageSplitter(limitBytes);
  const { chunk } = reader;
  let isStarted = false;
  let isPaused = false;
  let isClosed = false;
  let isDone = false;
  /** Unread messages, or a part of one, are buffered, so new payloads must queue behind them. */
  let isBehind = false;

  const refuse = (error: unknown) => {
    isDone = true;
    reader.refused(refusalFor(error));
  };

  /** Returns undefined if no complete message is buffered, or none may be read now. */
  const nextMessage = (): Buffer | undefined => {
    try {
      return isPaused || isDone ? undefined : splitter.next();
    } catch (error) {
      refuse(error);
      return undefined;
    }
  };

  const deliver = (bytes: Buffer, from: number) => {
    let message;
    try {
      message = deserialize(bytes, from);
    } catch (error) {
      refuse(error);
      return;
    }
    chunk(message);
  };

  const deliverAll = () => {
    for (let next = nextMessage(); next !== undefined; next = nextMessage()) {
      deliver(next, 0);
    }
    isBehind = !splitter.isEmpty();
    if (!isClosed || isPaused || isDone) return;
    isDone = true;
    reader.done();
  };

  // Asynchronous, so that the reader is never called back within a call of its own.
  const deliverAllSoon = () => process.nextTick(deliverAll);

  stream.read((payload) => {
    const mayPass = isStarted && !isBehind && !isPaused && !isDone;
    if (mayPass && isWholeMessage(payload)) {
      deliver(payload, prefixBytes);
      return;
    }
    splitter.add(payload);
    isBehind = true;
    if (isStarted) deliverAll();
  });
  isStarted = true;
  deliverAllSoon();

  return {
    pause() {
      if (isPaused) return;
      isPaused = true;
      stream.pause();
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      stream.resume();
      deliverAllSoon();
    },
    stop() {
      isDone = true;
    },
    close() {
      isClosed = true;
      deliverAllSoon();
    },
  };
}

function refusalFor(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return unreadableMessage(`Response message parsing error: ${reason}`);
}
