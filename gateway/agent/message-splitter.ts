import { unzipSync } from 'node:zlib';

/** A message of the agent that is not taken. */
export class MessageRefused extends Error {}

/** Takes the bytes of a gRPC call apart into its messages. */
export interface MessageSplitter {
  add(bytes: Buffer): void;
  /** No bytes wait for others. */
  isEmpty(): boolean;
  /**
   * The next message, without its prefix; undefined where it has not all come yet.
   * @throws MessageRefused for one beyond the limit, or compressed in a way that nobody knows.
   */
  next(): Buffer | undefined;
}

/** Before each message: whether it is compressed, in one byte, and its length in four. */
export const prefixBytes = 5;

const nothing = Buffer.alloc(0);

/** Whether bytes are just one message, not compressed: then they need no taking apart. */
export function isWholeMessage(bytes: Buffer): boolean {
  return (
    bytes.length >= prefixBytes &&
    bytes[0] === 0 &&
    bytes.readUInt32BE(1) === bytes.length - prefixBytes
  );
}

/** A message that is not compressed, as it stands on the wire. */
export function withPrefix(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export function createMessageSplitter(limitBytes: number): MessageSplitter {
  let head: Buffer = nothing;
  /** What follows the head: put together only once it makes up a message. */
  let rest: Buffer[] = [];
  let heldBytes = 0;
  let neededBytes = prefixBytes;

  return {
    add(bytes) {
      if (head.length === 0) head = bytes;
      else rest.push(bytes);
      heldBytes += bytes.length;
    },
    isEmpty: () => heldBytes === 0,
    next() {
      if (heldBytes < neededBytes) return undefined;
      if (rest.length > 0) {
        head = Buffer.concat([head, ...rest]);
        rest = [];
      }
      const length = head.readUInt32BE(1);
      if (length > limitBytes) {
        throw new MessageRefused(`Received message larger than max (${length} vs ${limitBytes})`);
      }
      neededBytes = prefixBytes + length;
      if (heldBytes < neededBytes) return undefined;
      const message = head.subarray(prefixBytes, neededBytes);
      const compressed = head[0] !== 0;
      heldBytes -= neededBytes;
      // Most come alone: a view on what is left would be made for nothing.
      head = heldBytes === 0 ? nothing : head.subarray(neededBytes);
      neededBytes = prefixBytes;
      return compressed ? unzip(message, limitBytes) : message;
    },
  };
}

/** Both gRPC's `gzip` and its `deflate` say of themselves which they are. */
function unzip(message: Buffer, limitBytes: number): Buffer {
  try {
    return unzipSync(message, { maxOutputLength: limitBytes });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new MessageRefused(`Received a compressed message that cannot be read: ${said}`);
  }
}
