import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  frameFlags,
  frameTypes,
  makeFrame,
  prefaceBytes,
  sortFrames,
  windowUpdate,
  type Frame,
} from '../proto/http2-frames.ts';
import { sessionConnection } from '../proto/session-connection.ts';
import { createTurnWriter } from '../proto/turn-writer.ts';

/** What a stream's DATA frames bring. */
export interface TappedStream {
  /** Has `reader` called with the payload of each frame from now on, and with what came before. */
  read(reader: (payload: Buffer) => void): void;
  /** The other side may send what fits the stream's window, and no more. */
  pause(): void;
  resume(): void;
}

/** An HTTP/2 connection of which the DATA frames go a way of their own. */
export interface FrameTap {
  /** For the HTTP/2 session, in place of the socket: all but the DATA frames. */
  connection: Duplex;
  /**
   * A stream that the other side has begun to answer. Undefined where its DATA goes to the session, for
   * whom it would be missing: since it is none of gRPC.
   */
  stream(id: number): TappedStream | undefined;
  /** Nobody reads it any more; what still comes is the session's, which knows that it is over. */
  release(id: number): void;
}

/** A window is given back once so much of it was used: half of what HTTP/2 starts with. */
const refillBytes = 32_768;

interface Stream extends TappedStream {
  /**
   * Takes what a frame brought, all of which counts against the window.
   * @returns whether it is that of a gRPC call
   */
  take(payload: Buffer, frameBytes: number): boolean;
  /** Nothing waits to be read. */
  isRead(): boolean;
}

/**
 * Takes the DATA frames off a client's connection before its HTTP/2 session sees them.
 *
 * A session calls JavaScript for each frame by itself, through a readable stream for each HTTP/2 stream;
 * of what a short message costs that is most. Here all that came with one read of the socket is gone
 * through in a loop.
 *
 * The price is the flow control of what is taken. The connection's window is given back as frames come,
 * so that a stream which nobody reads does not hold up the others; a stream's as it is read.
 */
export function tapFrames(socket: Socket): FrameTap {
  const streams = new Map<number, Stream>();
  const out = createTurnWriter(socket);
  /** Of the connection's window, not given back yet. */
  let usedBytes = 0;

  const giveBack = (id: number, bytes: number) => out.write(windowUpdate(id, bytes));

  const takeData = (bytes: Buffer, { flags, id, from, to }: Readonly<Frame>): boolean | Buffer => {
    const stream = streams.get(id);
    if (stream === undefined) return false;
    const isPadded = (flags & frameFlags.padded) !== 0;
    const start = isPadded ? from + 1 : from;
    const end = isPadded ? to - (bytes[from] ?? 0) : to;
    // More padding than payload is the session's to complain of.
    if (end < start) return false;
    if (!stream.take(bytes.subarray(start, end), to - from)) {
      streams.delete(id);
      return false;
    }
    usedBytes += to - from;
    if (usedBytes >= refillBytes) {
      giveBack(0, usedBytes);
      usedBytes = 0;
    }
    if ((flags & frameFlags.endStream) === 0) return true;
    forget(id);
    // The session waits for the end all the same.
    return makeFrame(frameTypes.data, frameFlags.endStream, id, 0);
  };

  /** The other side has said all. */
  const forget = (id: number) => {
    if (streams.get(id)?.isRead() === true) streams.delete(id);
  };

  /** Sees whole frames go, between which ours may. */
  const sortOutgoing = sortFrames(
    {
      keep: () => false,
      pass: out.write,
    },
    prefaceBytes,
  );

  const sortIncoming = sortFrames({
    keep(bytes, frame) {
      const { type, id, flags } = frame;
      if (type === frameTypes.data) return takeData(bytes, frame);
      const isLast = type === frameTypes.headers && (flags & frameFlags.endStream) !== 0;
      if (isLast || type === frameTypes.reset) forget(id);
      else if (type === frameTypes.headers && !streams.has(id)) {
        streams.set(id, openStream(id, giveBack));
      }
      return false;
    },
    pass: (bytes) => void connection.push(bytes),
  });

  const connection = sessionConnection(socket, out, {
    incoming: sortIncoming,
    outgoing: sortOutgoing,
  });
  return {
    connection,
    stream: (id) => streams.get(id),
    release: (id) => void streams.delete(id),
  };
}

/** 0 or 1 begins every message of gRPC; a page that an HTTP server answers with begins otherwise. */
function isMessagePrefix(byte: number | undefined): boolean {
  return byte === 0 || byte === 1;
}

function openStream(id: number, giveBack: (id: number, bytes: number) => void): Stream {
  let reader: ((payload: Buffer) => void) | undefined;
  let waiting: Buffer[] = [];
  let hasData = false;
  let isPaused = false;
  /** Of the stream's window, not given back yet. */
  let usedBytes = 0;

  const refill = () => {
    if (isPaused || reader === undefined || usedBytes < refillBytes) return;
    giveBack(id, usedBytes);
    usedBytes = 0;
  };

  return {
    take(payload, frameBytes) {
      if (payload.length === 0) return true;
      if (!hasData && !isMessagePrefix(payload[0])) return false;
      hasData = true;
      if (reader === undefined) waiting.push(payload);
      else reader(payload);
      usedBytes += frameBytes;
      if (usedBytes >= refillBytes) refill();
      return true;
    },
    isRead: () => waiting.length === 0,
    read(given) {
      reader = given;
      const came = waiting;
      waiting = [];
      for (const payload of came) given(payload);
      refill();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      refill();
    },
  };
}
