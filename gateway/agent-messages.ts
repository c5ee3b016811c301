import type { ClientHttp2Stream } from 'node:http2';

import type { ClientReadableStream } from '@grpc/grpc-js';

import type { StreamChunk } from '../proto/agent-service.ts';
import { createMessageSplitter, MessageRefused } from './message-splitter.ts';

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
  /** The status has come: no message follows those that were received before it. */
  close(): void;
}

/** Reads a call as grpc-js offers it: as a readable stream of objects. */
export function readAsStream(
  call: ClientReadableStream<StreamChunk>,
  reader: MessageReader,
): MessageFlow {
  call.on('data', reader.chunk);
  call.once('end', reader.done);
  return { pause: () => call.pause(), resume: () => call.resume(), close() {} };
}

/**
 * Reads a call from its HTTP/2 stream, beneath grpc-js, which keeps everything else: the connection,
 * metadata, deadline, cancel and status.
 *
 * Of what a message costs a gateway most would be grpc-js's way from there up: five listeners, a promise
 * and two ticks for each. What was received before an error is not lost here, as it is there.
 *
 * @param limitBytes of a message
 * @returns undefined where grpc-js is not as it was, or the call in a state that is no place to step in:
 *   then the call is untouched.
 */
export function readBeneath(
  call: ClientReadableStream<StreamChunk>,
  deserialize: (bytes: Buffer) => StreamChunk,
  limitBytes: number,
  reader: MessageReader,
): MessageFlow | undefined {
  const beneath = subchannelCallOf(call);
  if (beneath === undefined) return undefined;
  const { http2Stream } = beneath;
  const splitter = createMessageSplitter(limitBytes);
  let paused = false;
  let closed = false;
  let over = false;

  /** Undefined where none is here, or none is wanted. */
  const nextChunk = (): StreamChunk | undefined => {
    try {
      const message = paused || over ? undefined : splitter.next();
      return message === undefined ? undefined : deserialize(message);
    } catch (error) {
      over = true;
      reader.refused(detailsOf(error));
      return undefined;
    }
  };

  const handOn = () => {
    for (let chunk = nextChunk(); chunk !== undefined; chunk = nextChunk()) reader.chunk(chunk);
    if (!closed || paused || over) return;
    over = true;
    reader.done();
  };

  // Never from within a call of the reader's: it would be called back while it is at work.
  const handOnSoon = () => process.nextTick(handOn);

  http2Stream.removeAllListeners('data');
  for (const message of beneath.unpushedReadMessages.splice(0)) splitter.add(message);
  http2Stream.on('data', (bytes: Buffer) => {
    splitter.add(bytes);
    handOn();
  });
  // A status may have waited for those messages.
  beneath.maybeOutputStatus();
  handOnSoon();

  return {
    pause() {
      if (paused) return;
      paused = true;
      http2Stream.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      http2Stream.resume();
      handOnSoon();
    },
    close() {
      closed = true;
      handOnSoon();
    },
  };
}

/** What grpc-js has at the bottom of a call. */
interface SubchannelCall {
  http2Stream: ClientHttp2Stream;
  /** Received before anybody read, each with its prefix. */
  unpushedReadMessages: Buffer[];
  /** 0 between two messages. */
  decoder: { readState: number };
  maybeOutputStatus(): void;
}

/** From the call that is returned to a client down to its HTTP/2 stream; a test holds grpc-js to it. */
function subchannelCallOf(call: unknown): SubchannelCall | undefined {
  const retrying = at(call, 'call', 'call', 'child');
  const committed = at(retrying, 'committedCallIndex');
  const bottom = at(retrying, 'underlyingCalls', String(committed), 'call', 'child');
  const isAsKnown =
    Array.isArray(at(bottom, 'unpushedReadMessages')) &&
    typeof at(bottom, 'maybeOutputStatus') === 'function' &&
    typeof at(bottom, 'http2Stream', 'removeAllListeners') === 'function' &&
    at(bottom, 'decoder', 'readState') === 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return isAsKnown ? (bottom as SubchannelCall) : undefined;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found: unknown = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function detailsOf(error: unknown): string {
  if (error instanceof MessageRefused) return error.message;
  return `Response message parsing error: ${error instanceof Error ? error.message : String(error)}`;
}
