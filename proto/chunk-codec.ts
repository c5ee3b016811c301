import { agentServiceDefinition, type StreamChunk } from './agent-service.ts';

const { responseSerialize, responseDeserialize } = agentServiceDefinition.GenerateTextStream;

/** The tags of the fields of `StreamChunk`: field number and wire type in one byte. */
const deltaTag = 0x0a;
const isFinalTag = 0x10;
const errorTag = 0x1a;

/** The prefix of a gRPC message: the compression flag (one byte) and the length (four bytes). */
const prefixBytes = 5;

/**
 * Encodes a chunk as a length-prefixed gRPC message.
 *
 * Hand-written because it runs for every chunk: it allocates one buffer, the protobuf library three.
 * @param headroom free bytes before the message
 */
export function frameChunk({ delta, isFinal, error, parts }: StreamChunk, headroom = 0): Buffer {
  if (parts !== undefined)
    return frameMessage(responseSerialize({ delta, isFinal, error, parts }), headroom);
  const deltaBytes = Buffer.byteLength(delta);
  const errorBytes = Buffer.byteLength(error);
  const length = fieldBytes(deltaBytes) + (isFinal ? 2 : 0) + fieldBytes(errorBytes);
  const bytes = Buffer.allocUnsafe(headroom + prefixBytes + length);
  bytes[headroom] = 0;
  bytes.writeUInt32BE(length, headroom + 1);
  let offset = writeText(bytes, headroom + prefixBytes, deltaTag, delta, deltaBytes);
  if (isFinal) {
    bytes[offset] = isFinalTag;
    bytes[offset + 1] = 1;
    offset += 2;
  }
  writeText(bytes, offset, errorTag, error, errorBytes);
  return bytes;
}

/** As the protobuf library writes the message. */
function frameMessage(message: Buffer, headroom: number): Buffer {
  const prefix = Buffer.alloc(headroom + prefixBytes);
  prefix.writeUInt32BE(message.length, headroom + 1);
  return Buffer.concat([prefix, message]);
}

/**
 * Encodes a chunk lazily in parts, so that a long text is never in memory as one message.
 * @param partUnits the text per part, in code units
 */
export function* frameChunkInParts(
  { delta, isFinal, error, parts }: StreamChunk,
  partUnits: number,
): Generator<Buffer> {
  const deltaBytes = Buffer.byteLength(delta);
  const otherFields = frameChunk({ delta: '', isFinal, error, parts }).subarray(prefixBytes);
  const tagBytes = fieldBytes(deltaBytes) - deltaBytes;
  const head = Buffer.alloc(prefixBytes + tagBytes);
  head.writeUInt32BE(tagBytes + deltaBytes + otherFields.length, 1);
  writeTag(head, prefixBytes, deltaTag, deltaBytes);
  yield head;
  for (let from = 0; from < delta.length;) {
    const to = from + partUnits;
    // Half a surrogate pair cannot be encoded in UTF-8.
    const splitsPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(delta.slice(to - 1, to + 1));
    const end = splitsPair ? to + 1 : to;
    yield Buffer.from(delta.slice(from, end));
    from = end;
  }
  if (otherFields.length > 0) yield otherFields;
}

/**
 * Decodes a chunk without its prefix.
 *
 * A message with anything but the known fields is left to the protobuf library, so that both decode alike.
 * @param from the start of the message, which extends to the end of the bytes
 * @throws Error if the bytes are not a message
 */
export function readChunk(bytes: Buffer, from = 0): StreamChunk {
  let delta = '';
  let isFinal = false;
  let error = '';
  let offset = from;
  while (offset < bytes.length) {
    const tag = bytes[offset];
    const value = bytes[offset + 1];
    if (value === undefined) return readOther(bytes, from);
    offset += 2;
    if (tag === isFinalTag && value <= 1) {
      isFinal = value === 1;
      continue;
    }
    let length = value;
    if (value >= 0x80) {
      const high = bytes[offset];
      // The text has 16 KiB or more.
      if (high === undefined || high >= 0x80) return readOther(bytes, from);
      length = (value & 0x7f) | (high << 7);
      offset += 1;
    }
    const end = offset + length;
    if (end > bytes.length) return readOther(bytes, from);
    if (tag === deltaTag) delta = bytes.toString('utf8', offset, end);
    else if (tag === errorTag) error = bytes.toString('utf8', offset, end);
    else return readOther(bytes, from);
    offset = end;
  }
  return { delta, isFinal, error, parts: undefined };
}

function readOther(bytes: Buffer, from: number): StreamChunk {
  return responseDeserialize(bytes.subarray(from));
}

/** Returns the size of a text field with its tag and length; 0 for an empty text, which is omitted. */
function fieldBytes(textBytes: number): number {
  return textBytes === 0 ? 0 : 1 + varintBytes(textBytes) + textBytes;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let remaining = value; remaining >= 0x80; remaining >>>= 7) bytes += 1;
  return bytes;
}

/** @returns the offset of the next field */
function writeText(
  bytes: Buffer,
  offset: number,
  tag: number,
  text: string,
  textBytes: number,
): number {
  if (textBytes === 0) return offset;
  const textOffset = writeTag(bytes, offset, tag, textBytes);
  return textOffset + bytes.write(text, textOffset);
}

/** Writes the tag of a field and the length of its text. @returns the offset of the text */
function writeTag(bytes: Buffer, offset: number, tag: number, textBytes: number): number {
  let to = offset;
  bytes[to++] = tag;
  let remaining = textBytes;
  for (; remaining >= 0x80; remaining >>>= 7) bytes[to++] = (remaining & 0x7f) | 0x80;
  bytes[to++] = remaining;
  return to;
}
