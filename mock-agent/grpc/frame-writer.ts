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

/** An HTTP/2 connection whose streams write their DATA frames themselves. */
export interface FrameWriter<T> {
  /** Replaces the socket for the HTTP/2 session. */
  connection: Duplex;
  /** Takes over a stream: from now on the caller writes its DATA, not the session. */
  claim(id: number): FramedStream<T>;
}

/** The identifier of SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113, section 6.5.2). */
const initialWindowSetting = 4;

/**
 * Sits between a socket and a server's HTTP/2 session, so that streams can write their DATA past the session.
 * All chunks that are due at the same time are sent in one write, without one writable stream each.
 *
 * It therefore does the client's flow control for both: it reads the window updates instead of the session,
 * also counts the session's own DATA, and delays that while the connection's window is used up.
 *
 * @param encode returns a message as a payload with `headroom` free bytes before it
 */
export function writeFrames<T>(
  socket: Socket,
  encode: (message: T, headroom: number) => Buffer,
): FrameWriter<T> {
  const streams = new Map<number, FlowControlledStream<T>>();
  /** The client's newest stream; a header block of an older one opens no stream. */
  let newestId = 0;
  let hasSettings = false;
  /** While a header block is incomplete, no other frame may reach the session. */
  let isInHeaderBlock = false;
  let initialWindowBytes = firstWindowBytes;
  const out = createTurnWriter(socket, () => {
    link.isFull = socket.writableLength > highWaterBytes;
  });
  /** Frames of the session that wait for the connection's window, and later frames that must not overtake them. */
  const waitingFrames: Buffer[] = [];
  /** DATA bytes of the session that have not been returned to its own count of the connection's window. */
  let owedBytes = 0;
  /** A window has grown in this turn, so waiting data may be sent. */
  let isWider = false;

  const link: Link = {
    windowBytes: firstWindowBytes,
    isFull: false,
    send: out.write,
  };

  const pumpAll = () => {
    let [bytes] = waitingFrames;
    while (bytes !== undefined && mayPass(bytes)) {
      waitingFrames.shift();
      pass(bytes);
      [bytes] = waitingFrames;
    }
    for (const stream of streams.values()) stream.pump();
  };

  const close = (id: number) => {
    streams.get(id)?.close();
    streams.delete(id);
  };

  /** Returns whether to keep the frame from the session. */
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
    for (let offset = from; offset + 6 <= to; offset += 6) {
      if (bytes.readUInt16BE(offset) === initialWindowSetting)
        size = bytes.readUInt32BE(offset + 2);
    }
    const growthBytes = size - initialWindowBytes;
    // The session ends the connection of a client that sets more than the maximum.
    if (growthBytes === 0 || size > largestWindowBytes) return;
    initialWindowBytes = size;
    for (const stream of streams.values()) {
      if (!stream.widen(growthBytes)) failFlowControl();
    }
    isWider = true;
  };

  const observeWindowUpdate = (bytes: Buffer, id: number, from: number, to: number): boolean => {
    if (to - from !== 4) return false;
    const growthBytes = bytes.readUInt32BE(from) & largestWindowBytes;
    // An increment of 0 is a protocol error, which the session reports.
    if (growthBytes === 0) return false;
    if (id === 0) {
      link.windowBytes += growthBytes;
      if (link.windowBytes > largestWindowBytes) failFlowControl();
      isWider = true;
      return true;
    }
    const stream = streams.get(id);
    if (stream === undefined) return false;
    const fits = stream.widen(growthBytes);
    if (!stream.isClaimed) return false;
    if (fits) stream.pump();
    else failFlowControl();
    return true;
  };

  /** Makes the session end the connection because of a window overflow, which it cannot detect itself. */
  const failFlowControl = () => {
    const overflow = windowUpdate(0, largestWindowBytes);
    deliver(Buffer.concat([overflow, overflow]));
  };

  const sortIncoming = sortFrames({ keep: observe, pass: (bytes) => deliver(bytes) }, prefaceBytes);

  /** Counts a frame of the session against the connection's window; returns false if it does not fit. */
  const mayPass = (frame: Buffer): boolean => {
    const bytes = frame[3] === frameTypes.data ? frame.length - frameHeaderBytes : 0;
    if (bytes > link.windowBytes) return false;
    link.windowBytes -= bytes;
    owedBytes += bytes;
    payBack();
    return true;
  };

  /** Returns used window to the session, which counts as if all DATA were its own. */
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

  /** Delays frames of the session that exceed the window, and later frames that must not overtake them. */
  const sortOutgoing = sortFrames({
    keep(bytes, frame) {
      const frameBytes = bytes.subarray(frame.from - frameHeaderBytes, frame.to);
      const isFinal = endsWithError(bytes, frame);
      const mustWait = waitingFrames.length > 0 && !isFinal && !mayOvertake(frame.type);
      if (mustWait || !mayPass(frameBytes)) waitingFrames.push(frameBytes);
      else pass(frameBytes);
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

/** Whether a frame is independent of the order of header blocks and data, such as the answer to a PING. */
function mayOvertake(type: number): boolean {
  return (
    type === frameTypes.ping || type === frameTypes.settings || type === frameTypes.windowUpdate
  );
}

/** Whether the frame ends its stream on the side that sends it. */
function isLast(type: number, flags: number): boolean {
  const mayEnd = type === frameTypes.data || type === frameTypes.headers;
  return mayEnd && (flags & frameFlags.endStream) !== 0;
}
