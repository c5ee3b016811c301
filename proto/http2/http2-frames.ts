/** The frame types that this project reads (RFC 9113, section 6, like all sections below). */
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

/** The frame header: length, type, flags and stream (section 4.1). */
export const frameHeaderBytes = 9;

/** The default maximum payload of a frame (section 4.2); neither of our sides raises it. */
export const largestPayloadBytes = 16_384;

/** The length of the client's connection preface, `PRI * HTTP/2.0…` (section 3.4). */
export const prefaceBytes = 24;

/** The initial window of the connection, and of streams until SETTINGS change it (section 6.9.2). */
export const firstWindowBytes = 65_535;

/** The maximum size of a window (section 6.9.1). */
export const largestWindowBytes = 0x7fff_ffff;

/** A frame within a buffer. */
export interface Frame {
  type: number;
  flags: number;
  /** The stream's identifier; 0 for the connection. */
  id: number;
  /** Start of the payload. */
  from: number;
  /** End of the payload, exclusive. */
  to: number;
}

/** Handles the frames of one direction of a connection. */
export interface FrameSorter {
  /**
   * Called with each complete frame. True keeps it from `pass`; a buffer is passed in its place.
   * @param frame the same object at each call, to avoid an allocation per message
   */
  keep(bytes: Buffer, frame: Readonly<Frame>): boolean | Buffer;
  /**
   * Receives all other bytes, in order. Adjacent frames arrive in one piece, which ends at the end of a
   * header block.
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
  /** `pending` is examined once it has this many bytes. */
  let neededBytes = 0;
  let unskippedBytes = skippedBytes;
  let isUnsortable = false;
  let isInHeaderBlock = false;
  const frame: Frame = { type: 0, flags: 0, id: 0, from: 0, to: 0 };

  /** Joins pending bytes only when they complete a header or a frame, since bytes may arrive one at a time. */
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
    const bytes = isUnsortable ? fresh : join(fresh);
    if (bytes === undefined) return;
    const passFrom = (from: number, to: number) => {
      if (from < to) pass(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    };
    if (isUnsortable) {
      pass(bytes);
      return;
    }
    let offset = Math.min(unskippedBytes, bytes.length);
    unskippedBytes -= offset;
    /** The start of the bytes before `offset` that are not passed yet. */
    let passedTo = 0;
    let needed = frameHeaderBytes;
    while (offset + frameHeaderBytes <= bytes.length) {
      const length = readUint24(bytes, offset);
      frame.from = offset + frameHeaderBytes;
      frame.to = frame.from + length;
      const type = bytes[offset + 3] ?? 0;
      if (length > largestPayloadBytes || (isInHeaderBlock && type !== frameTypes.continuation)) {
        isUnsortable = true;
        passFrom(passedTo, bytes.length);
        return;
      }
      if (frame.to > bytes.length) {
        needed += length;
        break;
      }
      frame.type = type;
      frame.flags = bytes[offset + 4] ?? 0;
      // The highest bit is reserved.
      frame.id = bytes.readUInt32BE(offset + 5) & 0x7fff_ffff;
      const { to } = frame;
      const isHeader = carriesHeaders(type);
      if (isHeader) isInHeaderBlock = (frame.flags & frameFlags.endHeaders) === 0;
      const kept = keep(bytes, frame);
      if (kept !== false) {
        passFrom(passedTo, offset);
        if (kept !== true) pass(kept);
        passedTo = to;
      } else if (isHeader && !isInHeaderBlock) {
        passFrom(passedTo, to);
        passedTo = to;
      }
      offset = to;
    }
    passFrom(passedTo, offset);
    if (offset < bytes.length) wait(bytes.subarray(offset), needed);
  };
}

/** Whether a frame is a GOAWAY with an error, after which its sender closes the connection (section 5.4.1). */
export function endsWithError(bytes: Buffer, { type, from, to }: Readonly<Frame>): boolean {
  return type === frameTypes.goaway && to - from >= 8 && bytes.readUInt32BE(from + 4) !== 0;
}

/** Whether a frame contains a part of a header block, which no other frame may interrupt (section 4.3). */
function carriesHeaders(type: number): boolean {
  return (
    type === frameTypes.headers ||
    type === frameTypes.continuation ||
    type === frameTypes.pushPromise
  );
}

/** Creates a frame with its header and an uninitialised payload. */
export function makeFrame(type: number, flags: number, id: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payloadBytes);
  writeFrameHeader(bytes, 0, type, flags, id, payloadBytes);
  return bytes;
}

export function writeFrameHeader(
  bytes: Buffer,
  offset: number,
  type: number,
  flags: number,
  id: number,
  payloadBytes: number,
): void {
  bytes[offset] = payloadBytes >>> 16;
  bytes[offset + 1] = payloadBytes >>> 8;
  bytes[offset + 2] = payloadBytes;
  bytes[offset + 3] = type;
  bytes[offset + 4] = flags;
  bytes.writeUInt32BE(id, offset + 5);
}

/** Creates a WINDOW_UPDATE of a stream, or of the connection with id 0. */
export function windowUpdate(id: number, bytes: number): Buffer {
  const frame = makeFrame(frameTypes.windowUpdate, 0, id, 4);
  frame.writeUInt32BE(bytes, frameHeaderBytes);
  return frame;
}

function readUint24(bytes: Buffer, offset: number): number {
  return ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
}
