/** The types of frames that somebody of ours looks at (RFC 9113, section 6). */
export const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, windowUpdate: 8 } as const;

export const frameFlags = { endStream: 0x1, ack: 0x1, padded: 0x8 } as const;

/** Length, type, flags and stream of each frame (section 4.1). */
export const frameHeaderBytes = 9;

/** The most that a frame may hold where a side has not said that it takes more: neither of ours does. */
export const largestPayloadBytes = 16_384;

/** What a client says before its first frame: `PRI * HTTP/2.0` and what belongs to it (section 3.4). */
export const prefaceBytes = 24;

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

/** What becomes of the frames of one direction of a connection. */
export interface FrameSorter {
  /**
   * Is shown each frame once it is there as a whole, and says whether it keeps it, or what is to be passed
   * in its place.
   * @param frame the same object each time, for it is made for every message
   */
  keep(bytes: Buffer, frame: Readonly<Frame>): boolean | Buffer;
  /** Takes all else, in order, frames that follow each other in one piece. */
  pass(bytes: Buffer): void;
}

/**
 * Goes through the bytes of a connection as they come, frame by frame.
 *
 * Where they keep to no frames, or to larger ones than are allowed, all that follows is passed: an HTTP/2
 * session behind it says what is wrong.
 *
 * @param skippedBytes that come before the first frame, and are passed
 */
export function sortFrames({ keep, pass }: FrameSorter, skippedBytes = 0): (bytes: Buffer) => void {
  let rest: Buffer | undefined;
  let toSkip = skippedBytes;
  let isLost = false;
  const frame: Frame = { type: 0, flags: 0, id: 0, from: 0, to: 0 };

  return (fresh) => {
    const bytes = rest === undefined ? fresh : Buffer.concat([rest, fresh]);
    rest = undefined;
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
    while (at + frameHeaderBytes <= bytes.length) {
      const length = readUint24(bytes, at);
      frame.from = at + frameHeaderBytes;
      frame.to = frame.from + length;
      if (length > largestPayloadBytes) {
        isLost = true;
        passFrom(notPassed, bytes.length);
        return;
      }
      if (frame.to > bytes.length) break;
      frame.type = bytes[at + 3] ?? 0;
      frame.flags = bytes[at + 4] ?? 0;
      // The highest bit is reserved.
      frame.id = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      const { to } = frame;
      const kept = keep(bytes, frame);
      if (kept !== false) {
        passFrom(notPassed, at);
        if (kept !== true) pass(kept);
        notPassed = to;
      }
      at = to;
    }
    passFrom(notPassed, at);
    if (at < bytes.length) rest = bytes.subarray(at);
  };
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

/** Lets the other side send so many bytes more, on a stream or, with 0, on the connection. */
export function windowUpdate(id: number, bytes: number): Buffer {
  const frame = makeFrame(frameTypes.windowUpdate, 0, id, 4);
  frame.writeUInt32BE(bytes, frameHeaderBytes);
  return frame;
}

function readUint24(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
