import {
  frameHeaderBytes,
  frameTypes,
  largestPayloadBytes,
  largestWindowBytes,
  writeFrameHeader,
} from '../../proto/http2/http2-frames.ts';

/** The DATA frames of one stream, written past its HTTP/2 session. */
export interface FramedStream<T> {
  /** Returns false if the caller should wait for `onceDrained` before the next write. */
  write(message: T): boolean;
  onceDrained(callback: () => void): void;
  /** Calls back once everything has been sent within the client's flow control. */
  onceWritten(callback: () => void): void;
}

/** What a stream needs of its connection to send DATA. */
export interface Link {
  /** The client's flow-control window of the connection. */
  windowBytes: number;
  /** The socket's buffer is above the high-water mark. */
  isFull: boolean;
  send(frame: Buffer): void;
}

/** The connection's view of a stream. */
export interface FlowControlledStream<T> extends FramedStream<T> {
  /** Adds to the stream's window, or subtracts from it; returns false if it exceeds the maximum. */
  widen(bytes: number): boolean;
  /** Called when the session has sent the headers; DATA may follow. */
  open(): void;
  /** Called when either side has ended the stream; later writes are ignored. */
  close(): void;
  /** Sends queued data as far as the windows and the socket allow. */
  pump(): void;
  isClaimed: boolean;
}

/** The high-water mark of a stream's queue and of the socket's buffer. */
export const highWaterBytes = 65_536;

const noBytes = Buffer.alloc(0);

/**
 * Creates a stream. All state that a message needs is in this one scope, because each lookup is a cache miss
 * when the next message is due.
 *
 * @param windowBytes the client's initial window of the stream
 * @param encode returns a message as a payload with `headroom` free bytes before it
 */
export function createStream<T>(
  id: number,
  windowBytes: number,
  link: Link,
  encode: (message: T, headroom: number) => Buffer,
): FlowControlledStream<T> {
  let remainingBytes = windowBytes;
  let isOpen = false;
  let isClosed = false;
  let queuedBytes = 0;
  let queue: Buffer[] = [];
  let onDrained: (() => void) | undefined;
  let onWritten: (() => void) | undefined;

  const sendData = (frame: Buffer, bytes: number) => {
    writeFrameHeader(frame, 0, frameTypes.data, 0, id, bytes);
    remainingBytes -= bytes;
    link.windowBytes -= bytes;
    link.send(frame);
  };

  const mayPump = () => queuedBytes > 0 && isOpen && !link.isFull;

  const pump = () => {
    while (mayPump()) {
      const frame = queue[0] ?? noBytes;
      const bytes = frame.length - frameHeaderBytes;
      const part = Math.min(bytes, largestPayloadBytes, remainingBytes, link.windowBytes);
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
    const drained = onDrained;
    onDrained = undefined;
    drained?.();
    // The callback may have written more.
    if (queuedBytes > 0) return;
    const written = onWritten;
    onWritten = undefined;
    written?.();
  };

  return {
    write(message) {
      if (isClosed) return true;
      const frame = encode(message, frameHeaderBytes);
      const bytes = frame.length - frameHeaderBytes;
      const fits =
        bytes <= largestPayloadBytes && bytes <= remainingBytes && bytes <= link.windowBytes;
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
      onDrained = callback;
    },
    onceWritten(callback) {
      if (queuedBytes === 0) callback();
      else onWritten = callback;
    },
    widen(bytes) {
      remainingBytes += bytes;
      return remainingBytes <= largestWindowBytes;
    },
    open() {
      isOpen = true;
      pump();
    },
    close() {
      isClosed = true;
      queuedBytes = 0;
      queue = [];
    },
    pump,
    isClaimed: false,
  };
}
