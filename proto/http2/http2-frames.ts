/** The types of frames that the stand-ins for a socket look at (RFC 9113, section 6). */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8 } as const;

/** Length, type, flags and stream of each frame (section 4.1). */
export const frameHeaderBytes = 9;

/** The most that a frame may hold where a side has not said that it takes more: neither of ours does. */
export const largestPayloadBytes = 16_384;

/** The length of the client's connection preface, `PRI * HTTP/2.0` and so on (section 3.4). */
export const prefaceBytes = 24;

/** The window of a connection, and of each stream until SETTINGS say otherwise (section 6.9.2). */
export const firstWindowBytes = 65_535;

/** The largest that a window may become (section 6.9.1). */
export const largestWindowBytes = 0x7fff_ffff;

/** Where a frame is within the bytes that it came with. */
export interface Frame {
  type: number;
  flags: number;
  /** Of its stream; 0 for the connection. */
  id: number;
  /** Its payload is from here … */
  from: number;
  /** … to before here. */
  to: number;
}

/** Handles the frames of one direction of a connection. */
export interface FrameSorter {
  /**
   * Called with each complete frame. True keeps it from `pass`; a buffer is passed in its place.
   * @param frame the same object each time: a new one for every message would cost too much
   */
  keep(bytes: Buffer, frame: Readonly<Frame>): boolean | Buffer;
  /**
   * Receives all other bytes, in order. Adjacent frames come in one piece, which ends where a header
   * block ends.
   */
  pass(bytes: Buffer): void;
}

/**
 * Sorts the bytes of a connection by frames, as they arrive.
 *
 * At the first frame that is longer than allowed or stands inside a header block, sorting stops and all
 * bytes are passed: the HTTP/2 session reports the error.
 *
 * @param skippedBytes precede the first frame and are passed
 */
export function sortFrames({ keep, pass }: FrameSorter, skippedBytes = 0): (bytes: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  /** `pending` is worth a look once it has this many bytes. */
  let neededBytes = 0;
  let toSkip = skippedBytes;
  let isLost = false;
  let isInHeaderBlock = false;
  const frame: Frame = { type: 0, flags: 0, id: 0, from: 0, to: 0 };

  /** Joins what waits only when it completes a header or a frame: bytes may come one at a time. */
  const join = (fresh: Buffer): Buffer | undefined => {
    if (pendingBytes === 0) return fresh;
    pending.push(fresh);
    pendingBytes += fresh.length;
    if (pendingBytes < neededBytes) return undefined;
    const bytes = Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    return bytes;
  };

  const wait = (bytes: Buffer, needed: number) => {
    pending = [bytes];
    pendingBytes = bytes.length;
    neededBytes = needed;
  };

  return (fresh) => {
    const bytes = isLost ? fresh : join(fresh);
    if (bytes === undefined) return;
    const passFrom = (from: number, to: number) => {
      if (from < to) pass(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    };
    if (isLost) {
      pass(bytes);
      return;
    }
    let at = Math.min(toSkip, bytes.length);
    toSkip -= at;
    /** What is before `at` and not passed yet. */
    let notPassed = 0;
    let needed = frameHeaderBytes;
    while (at + frameHeaderBytes <= bytes.length) {
      const length = readUint24(bytes, at);
      frame.from = at + frameHeaderBytes;
      frame.to = frame.from + length;
      const type = bytes[at + 3] ?? 0;
      if (length > largestPayloadBytes || (isInHeaderBlock && type !== frameTypes.continuation)) {
        isLost = true;
        passFrom(notPassed, bytes.length);
        return;
      }
      if (frame.to > bytes.length) {
        needed += length;
        break;
      }
      frame.type = type;
      frame.flags = bytes[at + 4] ?? 0;
      // The highest bit is reserved.
      frame.id = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      const { to } = frame;
      const isHeader = carriesHeaders(type);
      if (isHeader) isInHeaderBlock = (frame.flags & frameFlags.endHeaders) === 0;
      const kept = keep(bytes, frame);
      if (kept !== false) {
        passFrom(notPassed, at);
        if (kept !== true) pass(kept);
        notPassed = to;
      } else if (isHeader && !isInHeaderBlock) {
        passFrom(notPassed, to);
        notPassed = to;
      }
      at = to;
    }
    passFrom(notPassed, at);
    if (at < bytes.length) wait(bytes.subarray(at), needed);
  };
}

/** Whether a frame is a GOAWAY with an error: then its sender closes the connection (section 5.4.1). */
export function endsWithError(bytes: Buffer, { type, from, to }: Readonly<Frame>): boolean {
  return type === frameTypes.goaway && to - from >= 8 && bytes.readUInt32BE(from + 4) !== 0;
}

/** Whether a frame has a part of a header block, which no frame of another type may interrupt. */
function carriesHeaders(type: number): boolean {
  return (
    type === frameTypes.headers ||
    type === frameTypes.continuation ||
    type === frameTypes.pushPromise
  );
}

/** The header of a frame, and room for its payload. */
export function makeFrame(type: number, flags: number, id: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payloadBytes);
  writeFrameHeader(bytes, 0, type, flags, id, payloadBytes);
  return bytes;
}

export function writeFrameHeader(
  bytes: Buffer,
  at: number,
  type: number,
  flags: number,
  id: number,
  payloadBytes: number,
): void {
  bytes[at] = payloadBytes >>> 16;
  bytes[at + 1] = payloadBytes >>> 8;
  bytes[at + 2] = payloadBytes;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  bytes.writeUInt32BE(id, at + 5);
}

/** Lets the peer send this many bytes more, on a stream or, with id 0, on the connection. */
export function windowUpdate(id: number, bytes: number): Buffer {
  const frame = makeFrame(frameTypes.windowUpdate, 0, id, 4);
  frame.writeUInt32BE(bytes, frameHeaderBytes);
  return frame;
}

function readUint24(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
