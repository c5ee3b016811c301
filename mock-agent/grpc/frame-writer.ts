import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  endsWithError,
  firstWindowBytes,
  frameFlags,
  frameHeaderBytes,
  frameTypes,
  largestWindowBytes,
  prefaceBytes,
  sortFrames,
  windowUpdate,
  type Frame,
} from '../../proto/http2/http2-frames.ts';
import { sessionConnection } from '../../proto/http2/session-connection.ts';
import { createTurnWriter } from '../../proto/http2/turn-writer.ts';
import {
  createStream,
  highWaterBytes,
  type FlowControlledStream,
  type FramedStream,
  type Link,
} from './framed-stream.ts';

/** An HTTP/2 connection on which streams of ours write their DATA frames themselves. */
export interface FrameWriter<T> {
  /** For the HTTP/2 session, in place of the socket. */
  connection: Duplex;
  /** From now on the DATA of that stream is written by the caller, not by the session. */
  claim(id: number): FramedStream<T>;
}

/** The identifier of SETTINGS_INITIAL_WINDOW_SIZE (section 6.5.2). */
const initialWindowSetting = 4;

/**
 * Stands between a socket and a server's HTTP/2 session, and lets streams write their DATA past it: what
 * is due on many streams at once goes out in one write, and none of it through a writable stream each.
 *
 * In return it keeps to the client's flow control for all: it reads the window updates in the session's
 * place, counts the session's own DATA too, and holds that back where the connection's window is used up.
 *
 * @param encode a message as a payload, with so many bytes left free before it
 */
export function writeFrames<T>(
  socket: Socket,
  encode: (message: T, headroom: number) => Buffer,
): FrameWriter<T> {
  const streams = new Map<number, FlowControlledStream<T>>();
  /** The client's newest stream: a header block of an older one opens none. */
  let newestId = 0;
  let hasSettings = false;
  /** A header block is incomplete: no other frame may go to the session. */
  let isInHeaderBlock = false;
  let initialWindowBytes = firstWindowBytes;
  const out = createTurnWriter(socket, () => {
    link.isFull = socket.writableLength > highWaterBytes;
  });
  /** Frames of the session that wait for the connection's window, and those that may not overtake them. */
  const held: Buffer[] = [];
  /** What the session has sent and must get back of its own view of the connection's window. */
  let owedBytes = 0;
  /** A window has grown in this turn: what waits for it may go. */
  let isWider = false;

  const link: Link = {
    windowBytes: firstWindowBytes,
    isFull: false,
    send: out.write,
  };

  const pumpAll = () => {
    let [bytes] = held;
    while (bytes !== undefined && mayPass(bytes)) {
      held.shift();
      pass(bytes);
      [bytes] = held;
    }
    for (const stream of streams.values()) stream.pump();
  };

  const close = (id: number) => {
    streams.get(id)?.close();
    streams.delete(id);
  };

  /** Returns whether the frame is kept from the session. */
  const observe = (bytes: Buffer, { type, flags, id, from, to }: Readonly<Frame>): boolean => {
    switch (type) {
      case frameTypes.headers:
      case frameTypes.continuation:
        isInHeaderBlock = (flags & frameFlags.endHeaders) === 0;
        if (id > newestId) {
          newestId = id;
          streams.set(id, createStream(id, initialWindowBytes, link, encode));
        }
        return false;
      case frameTypes.reset:
        close(id);
        return false;
      case frameTypes.settings:
        hasSettings = true;
        if ((flags & frameFlags.ack) === 0) observeSettings(bytes, from, to);
        return false;
      case frameTypes.windowUpdate:
        return hasSettings && observeWindowUpdate(bytes, id, from, to);
      default:
        return false;
    }
  };

  const observeSettings = (bytes: Buffer, from: number, to: number) => {
    let size = initialWindowBytes;
    for (let at = from; at + 6 <= to; at += 6) {
      if (bytes.readUInt16BE(at) === initialWindowSetting) size = bytes.readUInt32BE(at + 2);
    }
    const more = size - initialWindowBytes;
    // The session ends the connection of a client that asks for more than there may be.
    if (more === 0 || size > largestWindowBytes) return;
    initialWindowBytes = size;
    for (const stream of streams.values()) {
      if (!stream.widen(more)) failFlowControl();
    }
    isWider = true;
  };

  const observeWindowUpdate = (bytes: Buffer, id: number, from: number, to: number): boolean => {
    if (to - from !== 4) return false;
    const more = bytes.readUInt32BE(from) & largestWindowBytes;
    // The session answers what breaks the rules.
    if (more === 0) return false;
    if (id === 0) {
      link.windowBytes += more;
      if (link.windowBytes > largestWindowBytes) failFlowControl();
      isWider = true;
      return true;
    }
    const stream = streams.get(id);
    if (stream === undefined) return false;
    const fits = stream.widen(more);
    if (!stream.isClaimed) return false;
    if (fits) stream.pump();
    else failFlowControl();
    return true;
  };

  /** Has the session end the connection for a window that is too large, which it cannot detect. */
  const failFlowControl = () => {
    const overflow = windowUpdate(0, largestWindowBytes);
    deliver(Buffer.concat([overflow, overflow]));
  };

  const sortIncoming = sortFrames({ keep: observe, pass: (bytes) => deliver(bytes) }, prefaceBytes);

  /** Counts a frame of the session against the connection's window, where it fits. */
  const mayPass = (frame: Buffer): boolean => {
    const bytes = frame[3] === frameTypes.data ? frame.length - frameHeaderBytes : 0;
    if (bytes > link.windowBytes) return false;
    link.windowBytes -= bytes;
    owedBytes += bytes;
    payBack();
    return true;
  };

  /** The session counts for itself, as though it had the connection alone. */
  const payBack = () => {
    if (owedBytes === 0 || isInHeaderBlock) return;
    deliver(windowUpdate(0, owedBytes));
    owedBytes = 0;
  };

  const pass = (frame: Buffer) => {
    out.write(frame);
    const id = frame.readUInt32BE(5);
    const type = frame[3] ?? 0;
    if (type === frameTypes.reset || isLast(type, frame[4] ?? 0)) close(id);
    else if (type === frameTypes.headers) streams.get(id)?.open();
  };

  /** Holds back frames of the session that have to wait, and those that may not overtake them. */
  const sortOutgoing = sortFrames({
    keep(bytes, frame) {
      const whole = bytes.subarray(frame.from - frameHeaderBytes, frame.to);
      const isFinal = endsWithError(bytes, frame);
      const mustWait = held.length > 0 && !isFinal && !mayOvertake(frame.type);
      if (mustWait || !mayPass(whole)) held.push(whole);
      else pass(whole);
      if (isFinal) finish();
      return true;
    },
    pass: out.write,
  });

  const { connection, deliver, finish } = sessionConnection(socket, out, {
    incoming(bytes) {
      sortIncoming(bytes);
      payBack();
      if (!isWider) return;
      isWider = false;
      pumpAll();
    },
    outgoing: sortOutgoing,
    closed() {
      for (const id of streams.keys()) close(id);
    },
  });
  socket.on('drain', () => {
    link.isFull = false;
    pumpAll();
  });
  return {
    connection,
    claim(id) {
      const stream = streams.get(id) ?? createStream(id, initialWindowBytes, link, encode);
      stream.isClaimed = true;
      return stream;
    },
  };
}

/** Whether a frame has no place in the order of header blocks and data, such as the answer to a PING. */
function mayOvertake(type: number): boolean {
  return (
    type === frameTypes.ping || type === frameTypes.settings || type === frameTypes.windowUpdate
  );
}

/** Whether nothing follows on that stream from the side that sends the frame. */
function isLast(type: number, flags: number): boolean {
  const mayEnd = type === frameTypes.data || type === frameTypes.headers;
  return mayEnd && (flags & frameFlags.endStream) !== 0;
}
