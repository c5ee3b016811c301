import type { Channel } from '@grpc/grpc-js';

import type { StreamChunk } from '../../proto/agent-service.ts';
import type { AgentInterface } from './agent-interface.ts';
import type { TappedStream } from './frame-tap.ts';
import {
  createMessageSplitter,
  isWholeMessage,
  MessageRefused,
  prefixBytes,
  withPrefix,
} from './message-splitter.ts';

/** Takes the messages of a call, in order. */
export interface MessageReader {
  chunk(chunk: StreamChunk): void;
  /** Every message that will ever come was handed on. */
  done(): void;
  /** A message could not be taken, and the rest is not worth waiting for. */
  refused(details: string): void;
}

/** A call that is being read. */
export interface MessageFlow {
  pause(): void;
  resume(): void;
  /** Nothing more is wanted, and nothing more is handed on. */
  stop(): void;
  /** The status has come: no message follows those that were received before it. */
  close(): void;
}

/** What grpc-js has beneath its readable streams. */
export type Call = ReturnType<Channel['createCall']>;

/** The messages that grpc-js hands on, in the form in which a tapped connection brings them. */
export interface HandedOn extends TappedStream {
  /** Takes a message that grpc-js hands on. */
  take(message: Buffer): void;
}

/** Has grpc-js hand on a call's messages: one whenever it was asked for one. */
export function handOnMessages(call: Pick<Call, 'startRead'>): HandedOn {
  let reader: ((payload: Buffer) => void) | undefined;
  let isAsked = false;
  let isPaused = false;

  const ask = () => {
    if (isAsked || isPaused) return;
    isAsked = true;
    call.startRead();
  };

  return {
    read(given) {
      reader = given;
      ask();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      ask();
    },
    take(message) {
      isAsked = false;
      reader?.(withPrefix(message));
      ask();
    },
  };
}

/**
 * Reads a call from the frames of its connection, beneath grpc-js and its HTTP/2 session, which keep
 * everything else: the connection, metadata, deadline, cancel and status. Where those cannot be had, from
 * what grpc-js hands on.
 *
 * Of what a message costs a gateway most would be its way up from there: a readable stream, five
 * listeners, a promise and two ticks for each. What was received before an error is not lost here, as it
 * is there.
 *
 * @param limitBytes of a message
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
  let paused = false;
  let closed = false;
  let over = false;
  /** Messages that wait, or a part of one: what comes has to wait behind it. */
  let isBehind = false;

  const refuse = (error: unknown) => {
    over = true;
    reader.refused(detailsOf(error));
  };

  /** Undefined where none is here, or none is wanted. */
  const nextMessage = (): Buffer | undefined => {
    try {
      return paused || over ? undefined : splitter.next();
    } catch (error) {
      refuse(error);
      return undefined;
    }
  };

  const handOnMessage = (bytes: Buffer, from: number) => {
    let read;
    try {
      read = deserialize(bytes, from);
    } catch (error) {
      refuse(error);
      return;
    }
    chunk(read);
  };

  const handOn = () => {
    for (let next = nextMessage(); next !== undefined; next = nextMessage()) {
      handOnMessage(next, 0);
    }
    isBehind = !splitter.isEmpty();
    if (!closed || paused || over) return;
    over = true;
    reader.done();
  };

  // Never from within a call of the reader's: it would be called back while it is at work.
  const handOnSoon = () => process.nextTick(handOn);

  stream.read((payload) => {
    const mayPass = isStarted && !isBehind && !paused && !over;
    if (mayPass && isWholeMessage(payload)) {
      handOnMessage(payload, prefixBytes);
      return;
    }
    splitter.add(payload);
    isBehind = true;
    if (isStarted) handOn();
  });
  isStarted = true;
  handOnSoon();

  return {
    pause() {
      if (paused) return;
      paused = true;
      stream.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      stream.resume();
      handOnSoon();
    },
    stop() {
      over = true;
    },
    close() {
      closed = true;
      handOnSoon();
    },
  };
}

function detailsOf(error: unknown): string {
  if (error instanceof MessageRefused) return error.message;
  return `Response message parsing error: ${error instanceof Error ? error.message : String(error)}`;
}
