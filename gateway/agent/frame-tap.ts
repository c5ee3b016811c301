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

/** The DATA payloads of a stream. */
export interface TappedStream {
  /** Calls `reader` with the payload of each frame, buffered ones first. */
  read(reader: (payload: Buffer) => void): void;
  /** Stops refilling the stream's window, so the server can send only what fits it. */
  pause(): void;
  resume(): void;
}

/** An HTTP/2 connection whose DATA frames bypass the session. */
export interface FrameTap {
  /** Replaces the socket for the HTTP/2 session: everything but the DATA frames. */
  connection: Duplex;
  /** Returns a stream whose response has started. */
  stream(id: number): TappedStream | undefined;
  /** Whether the server has sent its first frame. */
  hasAnswered(): boolean;
  /** Ends the tap of a stream; later DATA goes to the session, which discards it. */
  release(id: number): void;
}

/** The error code ENHANCE_YOUR_CALM (RFC 9113, section 7). */
const enhanceYourCalm = 11;

/** The upper limit of `probeAfterMs` after ENHANCE_YOUR_CALM. */
export const longestProbeAfterMs = 300_000;

/** A window is refilled after this much use: half of the initial window. */
const refillBytes = 32_768;

interface Stream extends TappedStream {
  /** The remaining window of the server. */
  windowBytes: number;
  /** Whether the server has sent its last frame. */
  isEnded: boolean;
  /** @param frameBytes counted against the window, padding included */
  take(payload: Buffer, frameBytes: number): void;
  /** Whether no payload is buffered. */
  isRead(): boolean;
}

/**
 * Takes the DATA frames off a client's connection before its HTTP/2 session sees them.
 *
 * A session passes each frame to JavaScript separately, through one readable stream per HTTP/2 stream; that
 * is most of the cost of a short message. Here one loop handles everything from one read of the socket.
 *
 * In return the tap does the flow control of these frames. It refills the connection's window as frames
 * arrive, so that an unread stream does not block the others, and a stream's window as it is read. A server
 * that exceeds either loses the connection.
 *
 * A server that is silent while it has calls is probed with empty SETTINGS, which every HTTP/2 peer must
 * acknowledge. PINGs would not work: a gRPC server with default options ends the connection after a few.
 *
 * @param limits doubled in place when the server sends ENHANCE_YOUR_CALM
 */
export function tapFrames(socket: Socket, limits: SilenceLimits): FrameTap {
  /** Calls that the server has not ended; the session handles DATA of any other stream. */
  const calls = new Set<number>();
  const streams = new Map<number, Stream>();
  const out = createTurnWriter(socket);
  let isAnswered = false;
  /** Used bytes of the connection's window that are not refilled yet. */
  let usedBytes = 0;
  /** The remaining window of the connection. */
  let windowBytes = firstWindowBytes;
  /** For each unacknowledged SETTINGS frame, whether it is a probe. */
  const unacknowledged: boolean[] = [];

  const refillWindow = (id: number, bytes: number) => {
    widen(id, bytes);
    out.write(windowUpdate(id, bytes));
  };

  const widen = (id: number, bytes: number) => {
    if (id === 0) windowBytes += bytes;
    const stream = streams.get(id);
    if (stream !== undefined) stream.windowBytes += bytes;
  };

  /** Makes the session end the connection with FLOW_CONTROL_ERROR, which it cannot detect itself. */
  const failFlowControl = () => {
    const overflow = windowUpdate(0, largestWindowBytes);
    deliver(Buffer.concat([overflow, overflow]));
  };

  const takeData = (bytes: Buffer, { flags, id, from, to }: Readonly<Frame>): boolean | Buffer => {
    const frameBytes = to - from;
    windowBytes -= frameBytes;
    const stream = streams.get(id);
    if (stream === undefined || stream.isEnded) return false;
    stream.windowBytes -= frameBytes;
    if (windowBytes < 0 || stream.windowBytes < 0) {
      failFlowControl();
      return true;
    }
    const isPadded = (flags & frameFlags.padded) !== 0;
    const start = isPadded ? from + 1 : from;
    const end = isPadded ? to - (bytes[from] ?? 0) : to;
    const isLast = (flags & frameFlags.endStream) !== 0;
    // The session rejects excessive padding, and limits the number of empty frames.
    if (end < start || (end === start && !isLast)) return false;
    stream.take(bytes.subarray(start, end), frameBytes);
    usedBytes += frameBytes;
    if (usedBytes >= refillBytes) {
      refillWindow(0, usedBytes);
      usedBytes = 0;
    }
    if (!isLast) return true;
    endStream(id);
    // The session still needs the end of the stream.
    return makeFrame(frameTypes.data, frameFlags.endStream, id, 0);
  };

  /** Called when the server has sent the last frame of a stream. */
  const endStream = (id: number) => {
    calls.delete(id);
    const stream = streams.get(id);
    if (stream === undefined) return;
    stream.isEnded = true;
    if (stream.isRead()) streams.delete(id);
  };

  const release = (id: number) => {
    calls.delete(id);
    streams.delete(id);
  };

  const timeOut = (message: string) => {
    // grpc-js reports this code as UNAVAILABLE to the calls.
    connection.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
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

  /** Passes complete frames, so that the tap's own frames can be inserted between them. */
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
        else if (calls.has(id) && !streams.has(id)) streams.set(id, openStream(id, refillWindow));
      } else if (type === frameTypes.settings) {
        clearTimeout(handshakeTimer);
        isAnswered = true;
        if ((flags & frameFlags.ack) !== 0) return unacknowledged.shift() === true;
        // A separate piece, since the connection opens only after the first one.
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
  // Also closes connections for which no session is created.
  const handshakeTimer = setTimeout(
    () => timeOut('the agent accepts the connection but does not answer in HTTP/2'),
    limits.handshakeMs,
  );
  return { connection, stream: (id) => streams.get(id), hasAnswered: () => isAnswered, release };
}

function openStream(id: number, refillWindow: (id: number, bytes: number) => void): Stream {
  let reader: ((payload: Buffer) => void) | undefined;
  let unreadPayloads: Buffer[] = [];
  let isPaused = false;
  /** Used bytes of the stream's window that are not refilled yet. */
  let usedBytes = 0;

  const refill = () => {
    if (isPaused || reader === undefined || usedBytes < refillBytes || stream.isEnded) return;
    refillWindow(id, usedBytes);
    usedBytes = 0;
  };

  const stream: Stream = {
    windowBytes: firstWindowBytes,
    isEnded: false,
    take(payload, frameBytes) {
      if (reader === undefined) unreadPayloads.push(payload);
      else reader(payload);
      usedBytes += frameBytes;
      if (usedBytes >= refillBytes) refill();
    },
    isRead: () => unreadPayloads.length === 0,
    read(newReader) {
      reader = newReader;
      const payloads = unreadPayloads;
      unreadPayloads = [];
      for (const payload of payloads) newReader(payload);
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
