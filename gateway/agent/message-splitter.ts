import { unzipSync } from 'node:zlib';

import { status } from '@grpc/grpc-js';

import { errorOfGrpcStatus, type GatewayError } from '../errors.ts';

/** Splits the bytes of a gRPC call into messages. */
export interface MessageSplitter {
  add(bytes: Buffer): void;
  /** Whether no bytes are buffered. */
  isEmpty(): boolean;
  /**
   * Returns the next message without its prefix; undefined if it is incomplete.
   * @throws GatewayError (GENERATION_ERROR) if it exceeds the limit or cannot be decompressed
   */
  next(): Buffer | undefined;
}

/** The prefix of each message: the compression flag (one byte) and the length (four bytes). */
export const prefixBytes = 5;

const nothing = Buffer.alloc(0);

/** Whether bytes are exactly one uncompressed message, which needs no splitting. */
export function isWholeMessage(bytes: Buffer): boolean {
  return (
    bytes.length >= prefixBytes &&
    bytes[0] === 0 &&
    bytes.readUInt32BE(1) === bytes.length - prefixBytes
  );
}

/** Adds the prefix to an uncompressed message. */
export function withPrefix(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export function createMessageSplitter(limitBytes: number): MessageSplitter {
  let head: Buffer = nothing;
  /** The bytes after the head, concatenated only once they complete a message. */
  let tail: Buffer[] = [];
  let bufferedBytes = 0;
  let neededBytes = prefixBytes;

  return {
    add(bytes) {
      if (head.length === 0) head = bytes;
      else tail.push(bytes);
      bufferedBytes += bytes.length;
    },
    isEmpty: () => bufferedBytes === 0,
    next() {
      if (bufferedBytes < neededBytes) return undefined;
      if (tail.length > 0) {
        head = Buffer.concat([head, ...tail]);
        tail = [];
      }
      const length = head.readUInt32BE(1);
      if (length > limitBytes) {
        throw unreadableMessage(`Received message larger than max (${length} vs ${limitBytes})`);
      }
      neededBytes = prefixBytes + length;
      if (bufferedBytes < neededBytes) return undefined;
      const message = head.subarray(prefixBytes, neededBytes);
      const isCompressed = head[0] !== 0;
      bufferedBytes -= neededBytes;
      // Messages usually arrive alone, which needs no further view.
      head = bufferedBytes === 0 ? nothing : head.subarray(neededBytes);
      neededBytes = prefixBytes;
      return isCompressed ? unzip(message, limitBytes) : message;
    },
  };
}

/** Returns the error of a call with a message that cannot be read. */
export function unreadableMessage(details: string): GatewayError {
  return errorOfGrpcStatus({ code: status.INTERNAL, details });
}

/** Detects both of gRPC's encodings, `gzip` and `deflate`, by their headers. */
function unzip(message: Buffer, limitBytes: number): Buffer {
  try {
    return unzipSync(message, { maxOutputLength: limitBytes });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadableMessage(`Received a compressed message that cannot be read: ${reason}`);
  }
}
