import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  endsWithError,
  firstWindowBytes,
  frameFlags,
  frameHeaderBytes,
  frameTypes,
  largestWindowBytes,
  makeFrame,
  prefaceBytes,
  sortFrames,
  windowUpdate,
  type Frame,
} from '../../proto/http2/http2-frames.ts';
import { sessionConnection } from '../../proto/http2/session-connection.ts';
import { createTurnWriter } from '../../proto/http2/turn-writer.ts';
import { watchSilence, type SilenceLimits } from './silence-watch.ts';
import { clearTimeout, setTimeout } from '../../proto/timers.ts';

/** What a stream's DATA frames bring. */
export interface TappedStream {
  /** Calls `reader` with the payload of each frame from now on, after those that came before. */
  read(reader: (payload: Buffer) => void): void;
  /** The server may send what fits the stream's window, and no more. */
  pause(): void;
  resume(): void;
}

/** An HTTP/2 connection whose DATA frames bypass the session. */
export interface FrameTap {
  /** For the HTTP/2 session, in place of the socket: all but the DATA frames. */
  connection: Duplex;
  /** Returns a stream that the server has begun to answer. */
  stream(id: number): TappedStream | undefined;
  /** Ends the tap of a stream: DATA that still comes goes to the session, which discards it. */
  release(id: number): void;
}

/** HTTP/2's error code for a client that asks for too much (section 7). */
const enhanceYourCalm = 11;

/** The longest that a connection is left silent for a server that wants calm. */
const longestProbeAfterMs = 300_000;

/** A window is given back once so much of it was used: half of what HTTP/2 starts with. */
const refillBytes = 32_768;

interface Stream extends TappedStream {
  /** What the server may still send. */
  windowBytes: number;
  /** The server has sent its last frame. */
  isOver: boolean;
  /** @param frameBytes counted against the window, padding included */
  take(payload: Buffer, frameBytes: number): void;
  /** Nothing waits to be read. */
  isRead(): boolean;
}

/**
 * Takes the DATA frames off a client's connection before its HTTP/2 session sees them.
 *
 * A session calls JavaScript for each frame by itself, through a readable stream for each HTTP/2 stream;
 * that is most of what a short message costs. Here all that came with one read of the socket is handled
 * in one loop.
 *
 * The price is the flow control of those frames. The connection's window is given back as frames come,
 * so that a stream which nobody reads does not hold up the others; a stream's as it is read. A server
 * that exceeds either loses the connection.
 *
 * A server that is silent while it has calls is probed by empty SETTINGS, which every HTTP/2 peer has to
 * acknowledge: a gRPC server with default options answers frequent PINGs by ending the connection.
 *
 * @param limits doubled in place when the server asks for calm
 */
export function tapFrames(socket: Socket, limits: SilenceLimits): FrameTap {
  /** Calls that the server has not ended; the session handles DATA of any other stream. */
  const calls = new Set<number>();
  const streams = new Map<number, Stream>();
  const out = createTurnWriter(socket);
  /** Of the connection's window, not given back yet. */
  let usedBytes = 0;
  /** What the server may still send on the connection. */
  let windowBytes = firstWindowBytes;
  /** For each SETTINGS frame that is not acknowledged yet: whether it is a probe. */
  const unacknowledged: boolean[] = [];

  const giveBack = (id: number, bytes: number) => {
    widen(id, bytes);
    out.write(windowUpdate(id, bytes));
  };

  const widen = (id: number, bytes: number) => {
    if (id === 0) windowBytes += bytes;
    const stream = streams.get(id);
    if (stream !== undefined) stream.windowBytes += bytes;
  };

  /** Has the session end the connection with FLOW_CONTROL_ERROR, which it cannot detect by itself. */
  const failFlowControl = () => {
    const overflow = windowUpdate(0, largestWindowBytes);
    deliver(Buffer.concat([overflow, overflow]));
  };

  const takeData = (bytes: Buffer, { flags, id, from, to }: Readonly<Frame>): boolean | Buffer => {
    const frameBytes = to - from;
    windowBytes -= frameBytes;
    const stream = streams.get(id);
    if (stream === undefined || stream.isOver) return false;
    stream.windowBytes -= frameBytes;
    if (windowBytes < 0 || stream.windowBytes < 0) {
      failFlowControl();
      return true;
    }
    const isPadded = (flags & frameFlags.padded) !== 0;
    const start = isPadded ? from + 1 : from;
    const end = isPadded ? to - (bytes[from] ?? 0) : to;
    const isLast = (flags & frameFlags.endStream) !== 0;
    // The session rejects more padding than payload, and counts frames that bring nothing.
    if (end < start || (end === start && !isLast)) return false;
    stream.take(bytes.subarray(start, end), frameBytes);
    usedBytes += frameBytes;
    if (usedBytes >= refillBytes) {
      giveBack(0, usedBytes);
      usedBytes = 0;
    }
    if (!isLast) return true;
    endStream(id);
    // The session waits for the end all the same.
    return makeFrame(frameTypes.data, frameFlags.endStream, id, 0);
  };

  /** The server has sent its last frame of a stream. */
  const endStream = (id: number) => {
    calls.delete(id);
    const stream = streams.get(id);
    if (stream === undefined) return;
    stream.isOver = true;
    if (stream.isRead()) streams.delete(id);
  };

  const release = (id: number) => {
    calls.delete(id);
    streams.delete(id);
  };

  const timeOut = (what: string) => {
    // grpc-js tells calls with this code that the agent is unavailable.
    connection.destroy(Object.assign(new Error(what), { code: 'ETIMEDOUT' }));
  };

  const watch = watchSilence(
    {
      hasCalls: () => calls.size > 0,
      probe() {
        unacknowledged.push(true);
        out.write(makeFrame(frameTypes.settings, 0, 0, 0));
      },
      giveUp: () => timeOut('the agent does not answer any more'),
    },
    limits,
  );

  /** Passes whole frames, so that others can go between them. */
  const sortOutgoing = sortFrames(
    {
      keep(bytes, frame) {
        const { type, flags, id, from } = frame;
        if (type === frameTypes.headers) {
          calls.add(id);
          watch.called();
        } else if (type === frameTypes.reset) release(id);
        else if (type === frameTypes.windowUpdate) widen(id, bytes.readUInt32BE(from));
        else if (type === frameTypes.settings && (flags & frameFlags.ack) === 0) {
          unacknowledged.push(false);
        } else if (endsWithError(bytes, frame)) finish();
        return false;
      },
      pass: out.write,
    },
    prefaceBytes,
  );

  const sortIncoming = sortFrames({
    keep(bytes, frame) {
      const { type, id, flags, from, to } = frame;
      if (type === frameTypes.data) return takeData(bytes, frame);
      if (type === frameTypes.reset) endStream(id);
      else if (type === frameTypes.headers) {
        if ((flags & frameFlags.endStream) !== 0) endStream(id);
        else if (calls.has(id) && !streams.has(id)) streams.set(id, openStream(id, giveBack));
      } else if (type === frameTypes.settings) {
        clearTimeout(handshakeTimer);
        if ((flags & frameFlags.ack) !== 0) return unacknowledged.shift() === true;
        // A piece of its own: what came with the first one waits until the session is in use.
        return bytes.subarray(from - frameHeaderBytes, to);
      } else if (endsWithError(bytes, frame) && bytes.readUInt32BE(from + 4) === enhanceYourCalm) {
        limits.probeAfterMs = Math.min(2 * limits.probeAfterMs, longestProbeAfterMs);
      }
      return false;
    },
    pass: (bytes) => deliver(bytes),
  });

  const { connection, deliver, finish } = sessionConnection(socket, out, {
    incoming(bytes) {
      watch.heard();
      sortIncoming(bytes);
    },
    outgoing: sortOutgoing,
    closed() {
      clearTimeout(handshakeTimer);
      watch.close();
    },
  });
  // Also where nobody makes a session of it: then nobody else would close it.
  const handshakeTimer = setTimeout(
    () => timeOut('the agent accepts the connection but does not answer in HTTP/2'),
    limits.handshakeMs,
  );
  return { connection, stream: (id) => streams.get(id), release };
}

function openStream(id: number, giveBack: (id: number, bytes: number) => void): Stream {
  let reader: ((payload: Buffer) => void) | undefined;
  let waiting: Buffer[] = [];
  let isPaused = false;
  /** Of the stream's window, not given back yet. */
  let usedBytes = 0;

  const refill = () => {
    if (isPaused || reader === undefined || usedBytes < refillBytes || stream.isOver) return;
    giveBack(id, usedBytes);
    usedBytes = 0;
  };

  const stream: Stream = {
    windowBytes: firstWindowBytes,
    isOver: false,
    take(payload, frameBytes) {
      if (reader === undefined) waiting.push(payload);
      else reader(payload);
      usedBytes += frameBytes;
      if (usedBytes >= refillBytes) refill();
    },
    isRead: () => waiting.length === 0,
    read(newReader) {
      reader = newReader;
      const received = waiting;
      waiting = [];
      for (const payload of received) newReader(payload);
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
  return stream;
}
