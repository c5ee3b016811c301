import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  frameFlags,
  frameHeaderBytes,
  frameTypes,
  prefaceBytes,
  sortFrames,
  windowUpdate,
  type Frame,
} from '../proto/http2-frames.ts';
import { sessionConnection } from '../proto/session-connection.ts';
import { createTurnWriter } from '../proto/turn-writer.ts';
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
  /** From now on the DATA of that stream is the caller's to write, and not the session's. */
  claim(id: number): FramedStream<T>;
}

/** What a client may be sent before it has said anything else (RFC 9113, section 6.9.2). */
const firstWindowBytes = 65_535;

/** Within SETTINGS: what window each stream begins with (section 6.5.2). */
const initialWindowSetting = 4;

/**
 * Stands between a socket and a server's HTTP/2 session, and lets streams write their DATA past it: what
 * is due on many streams at once goes out in one write, and none of it through a writable stream each.
 *
 * In return it keeps to the client's flow control for all: it hears of the windows in the session's
 * place, counts the session's own DATA too, and holds that back where the connection's window is used up.
 *
 * @param encode a message as a payload, with so many bytes left free before it
 */
export function writeFrames<T>(
  socket: Socket,
  encode: (message: T, headroom: number) => Buffer,
): FrameWriter<T> {
  const streams = new Map<number, FlowControlledStream<T>>();
  let initialWindowBytes = firstWindowBytes;
  const out = createTurnWriter(socket, () => {
    link.isFull = socket.writableLength > highWaterBytes;
  });
  /** Frames of the session that wait for the connection's window, and all that came after them. */
  const held: Buffer[] = [];

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

  /** @returns whether it is ours alone */
  const hear = (bytes: Buffer, { type, flags, id, from, to }: Readonly<Frame>): boolean => {
    switch (type) {
      case frameTypes.headers:
        if (!streams.has(id)) streams.set(id, createStream(id, initialWindowBytes, link, encode));
        return false;
      case frameTypes.reset:
        close(id);
        return false;
      case frameTypes.settings:
        if ((flags & frameFlags.ack) === 0) hearSettings(bytes, from, to);
        return false;
      case frameTypes.windowUpdate:
        return hearWindowUpdate(bytes, id, from, to);
      default:
        return false;
    }
  };

  const hearSettings = (bytes: Buffer, from: number, to: number) => {
    for (let at = from; at + 6 <= to; at += 6) {
      if (bytes.readUInt16BE(at) !== initialWindowSetting) continue;
      const size = bytes.readUInt32BE(at + 2);
      for (const stream of streams.values()) stream.widen(size - initialWindowBytes);
      initialWindowBytes = size;
    }
    pumpAll();
  };

  const hearWindowUpdate = (bytes: Buffer, id: number, from: number, to: number): boolean => {
    if (to - from !== 4) return false;
    const more = bytes.readUInt32BE(from) & 0x7fff_ffff;
    // What breaks the rules is the session's to answer.
    if (more === 0) return false;
    if (id === 0) {
      link.windowBytes += more;
      pumpAll();
      return true;
    }
    const stream = streams.get(id);
    if (stream === undefined) return false;
    stream.widen(more);
    if (!stream.isClaimed) return false;
    stream.pump();
    return true;
  };

  const sortIncoming = sortFrames(
    { keep: hear, pass: (bytes) => void connection.push(bytes) },
    prefaceBytes,
  );

  /** Counts a frame of the session against the connection's window, where it fits. */
  const mayPass = (frame: Buffer): boolean => {
    const bytes = frame[3] === frameTypes.data ? frame.length - frameHeaderBytes : 0;
    if (bytes > link.windowBytes) return false;
    if (bytes === 0) return true;
    link.windowBytes -= bytes;
    // It counts for itself, as though the connection were its own.
    connection.push(windowUpdate(0, bytes));
    return true;
  };

  const pass = (frame: Buffer) => {
    out.write(frame);
    const id = frame.readUInt32BE(5);
    const type = frame[3] ?? 0;
    if (type === frameTypes.reset || isLast(type, frame[4] ?? 0)) close(id);
    else if (type === frameTypes.headers) streams.get(id)?.open();
  };

  /** Sees what the session sends, and keeps back what must wait, and all that follows it. */
  const sortOutgoing = sortFrames({
    keep(bytes, { from, to }) {
      const frame = bytes.subarray(from - frameHeaderBytes, to);
      if (held.length > 0 || !mayPass(frame)) held.push(frame);
      else pass(frame);
      return true;
    },
    pass: out.write,
  });

  const connection = sessionConnection(socket, out, {
    incoming: sortIncoming,
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

/** Whether nothing follows on that stream from the side that sends the frame. */
function isLast(type: number, flags: number): boolean {
  const mayEnd = type === frameTypes.data || type === frameTypes.headers;
  return mayEnd && (flags & frameFlags.endStream) !== 0;
}
