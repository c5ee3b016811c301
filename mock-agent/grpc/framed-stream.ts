import {
  frameHeaderBytes,
  frameTypes,
  largestPayloadBytes,
  largestWindowBytes,
  writeFrameHeader,
} from '../../proto/http2/http2-frames.ts';

/** The DATA frames of one stream, written past its HTTP/2 session. */
export interface FramedStream<T> {
  /** Takes a message; false means that no more should come before `onceDrained` calls back. */
  write(message: T): boolean;
  onceDrained(callback: () => void): void;
  /** Calls back once the client's flow control has let through all that was written. */
  onceWritten(callback: () => void): void;
}

/** The connection of a stream, as far as its DATA is concerned. */
export interface Link {
  /** What the client lets come on all streams together. */
  windowBytes: number;
  /** The socket has more than enough to send. */
  isFull: boolean;
  send(frame: Buffer): void;
}

/** A stream as its connection sees it. */
export interface FlowControlledStream<T> extends FramedStream<T> {
  /** Adds to the stream's window, or takes from it; false where it becomes larger than it may be. */
  widen(bytes: number): boolean;
  /** The session has sent the headers: before them no DATA may go. */
  open(): void;
  /** One side has ended it: what is still written is for nobody. */
  close(): void;
  /** Sends what waits and may go. */
  pump(): void;
  isClaimed: boolean;
}

/** So much may wait for a client, in a stream or in the socket, before no more should come. */
export const highWaterBytes = 65_536;

const noBytes = Buffer.alloc(0);

/**
 * What a message needs of its stream is in this one scope: it is looked up for every message, and by then
 * is in no cache.
 *
 * @param windowBytes what the client lets come on it
 * @param encode a message as a payload, with so many bytes left free before it
 */
export function createStream<T>(
  id: number,
  windowBytes: number,
  link: Link,
  encode: (message: T, headroom: number) => Buffer,
): FlowControlledStream<T> {
  let leftBytes = windowBytes;
  let isOpen = false;
  let isOver = false;
  let queuedBytes = 0;
  let queue: Buffer[] = [];
  let whenDrained: (() => void) | undefined;
  let whenWritten: (() => void) | undefined;

  const sendData = (frame: Buffer, bytes: number) => {
    writeFrameHeader(frame, 0, frameTypes.data, 0, id, bytes);
    leftBytes -= bytes;
    link.windowBytes -= bytes;
    link.send(frame);
  };

  const mayPump = () => queuedBytes > 0 && isOpen && !link.isFull;

  const pump = () => {
    while (mayPump()) {
      const frame = queue[0] ?? noBytes;
      const bytes = frame.length - frameHeaderBytes;
      const part = Math.min(bytes, largestPayloadBytes, leftBytes, link.windowBytes);
      if (part <= 0) return;
      queuedBytes -= part;
      if (part === bytes) {
        queue.shift();
        sendData(frame, bytes);
        continue;
      }
      const head = Buffer.allocUnsafe(frameHeaderBytes + part);
      frame.copy(head, frameHeaderBytes, frameHeaderBytes);
      queue[0] = frame.subarray(part);
      sendData(head, part);
    }
    if (queuedBytes > 0) return;
    const drained = whenDrained;
    whenDrained = undefined;
    drained?.();
    // It may have written more.
    if (queuedBytes > 0) return;
    const written = whenWritten;
    whenWritten = undefined;
    written?.();
  };

  return {
    write(message) {
      if (isOver) return true;
      const frame = encode(message, frameHeaderBytes);
      const bytes = frame.length - frameHeaderBytes;
      const fits = bytes <= largestPayloadBytes && bytes <= leftBytes && bytes <= link.windowBytes;
      if (fits && queuedBytes === 0 && isOpen && !link.isFull) {
        sendData(frame, bytes);
        return true;
      }
      queue.push(frame);
      queuedBytes += bytes;
      pump();
      return queuedBytes < highWaterBytes;
    },
    onceDrained(callback) {
      whenDrained = callback;
    },
    onceWritten(callback) {
      if (queuedBytes === 0) callback();
      else whenWritten = callback;
    },
    widen(bytes) {
      leftBytes += bytes;
      return leftBytes <= largestWindowBytes;
    },
    open() {
      isOpen = true;
      pump();
    },
    close() {
      isOver = true;
      queuedBytes = 0;
      queue = [];
    },
    pump,
    isClaimed: false,
  };
}
