import { agentServiceDefinition, type OutgoingChunk, type StreamChunk } from './agent-service.ts';

const { responseDeserialize } = agentServiceDefinition.GenerateTextStream;

/** Tags of the fields of `StreamChunk`: number and wire type in a byte. */
const deltaTag = 0x0a;
const isFinalTag = 0x10;
const errorTag = 0x1a;

/** A flag, which says that the message is not compressed, and its length in four bytes. */
const prefixBytes = 5;

/**
 * A chunk as it stands on the wire of a gRPC call: a length-prefixed message.
 *
 * By hand, since this is done for every chunk of every stream: it is one buffer, where the ordinary way
 * makes three.
 * @param headroom bytes to be left free before it
 */
export function frameChunk(
  { delta, isFinal, error }: Required<OutgoingChunk>,
  headroom = 0,
): Buffer {
  const deltaBytes = Buffer.byteLength(delta);
  const errorBytes = Buffer.byteLength(error);
  const length = fieldBytes(deltaBytes) + (isFinal ? 2 : 0) + fieldBytes(errorBytes);
  const bytes = Buffer.allocUnsafe(headroom + prefixBytes + length);
  bytes[headroom] = 0;
  bytes.writeUInt32BE(length, headroom + 1);
  let at = writeText(bytes, headroom + prefixBytes, deltaTag, delta, deltaBytes);
  if (isFinal) {
    bytes[at] = isFinalTag;
    bytes[at + 1] = 1;
    at += 2;
  }
  writeText(bytes, at, errorTag, error, errorBytes);
  return bytes;
}

/**
 * Yields a chunk as it stands on the wire in parts, each encoded when it is asked for: a long text that
 * nobody reads is never in memory as a whole message.
 * @param partUnits how much text a part carries, in code units
 */
export function* frameChunkInParts(
  { delta, isFinal, error }: Required<OutgoingChunk>,
  partUnits: number,
): Generator<Buffer> {
  const deltaBytes = Buffer.byteLength(delta);
  const rest = frameChunk({ delta: '', isFinal, error }).subarray(prefixBytes);
  const textAt = fieldBytes(deltaBytes) - deltaBytes;
  const head = Buffer.alloc(prefixBytes + textAt);
  head.writeUInt32BE(textAt + deltaBytes + rest.length, 1);
  writeTag(head, prefixBytes, deltaTag, deltaBytes);
  yield head;
  for (let from = 0; from < delta.length;) {
    const to = from + partUnits;
    // Half a surrogate pair has no UTF-8.
    const isTorn = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(delta.slice(to - 1, to + 1));
    const end = isTorn ? to + 1 : to;
    yield Buffer.from(delta.slice(from, end));
    from = end;
  }
  if (rest.length > 0) yield rest;
}

/**
 * Reads a chunk, without the prefix.
 *
 * Known fields are read here; a message with anything else in it is left to the protobuf library, so
 * that nothing is taken otherwise than there.
 * @param from where it begins in the bytes; it goes to their end
 * @throws Error for bytes that are no message.
 */
export function readChunk(bytes: Buffer, from = 0): StreamChunk {
  let delta = '';
  let isFinal = false;
  let error = '';
  let at = from;
  while (at < bytes.length) {
    const tag = bytes[at];
    const value = bytes[at + 1];
    if (value === undefined) return readOther(bytes, from);
    at += 2;
    if (tag === isFinalTag && value <= 1) {
      isFinal = value === 1;
      continue;
    }
    let length = value;
    if (value >= 0x80) {
      const high = bytes[at];
      // Texts of 16 KiB and more.
      if (high === undefined || high >= 0x80) return readOther(bytes, from);
      length = (value & 0x7f) | (high << 7);
      at += 1;
    }
    const end = at + length;
    if (end > bytes.length) return readOther(bytes, from);
    if (tag === deltaTag) delta = bytes.toString('utf8', at, end);
    else if (tag === errorTag) error = bytes.toString('utf8', at, end);
    else return readOther(bytes, from);
    at = end;
  }
  return { delta, isFinal, error };
}

function readOther(bytes: Buffer, from: number): StreamChunk {
  return responseDeserialize(bytes.subarray(from));
}

/** What a text takes with its tag and length; an empty one is left out. */
function fieldBytes(textBytes: number): number {
  return textBytes === 0 ? 0 : 1 + varintBytes(textBytes) + textBytes;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 0x80; left >>>= 7) bytes += 1;
  return bytes;
}

/** @returns where the next field goes. */
function writeText(
  bytes: Buffer,
  at: number,
  tag: number,
  text: string,
  textBytes: number,
): number {
  if (textBytes === 0) return at;
  const to = writeTag(bytes, at, tag, textBytes);
  return to + bytes.write(text, to);
}

/** Writes the tag of a field and the length of its text. @returns where the text goes. */
function writeTag(bytes: Buffer, at: number, tag: number, textBytes: number): number {
  let to = at;
  bytes[to++] = tag;
  let left = textBytes;
  for (; left >= 0x80; left >>>= 7) bytes[to++] = (left & 0x7f) | 0x80;
  bytes[to++] = left;
  return to;
}
