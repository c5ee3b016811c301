import { agentServiceDefinition } from '../../../proto/agent-service.ts';
import type { SeenChunk } from './seen.ts';

const { requestSerialize, responseDeserialize } = agentServiceDefinition.GenerateTextStream;

export const generatePath = agentServiceDefinition.GenerateTextStream.path;

/** Encodes a request with the two specified fields. */
export function encodeRequest(prompt: string, model: string): Buffer {
  return requestSerialize({ prompt, model });
}

/** Fields that no version of the interface has: number 1000 with a text, number 1001 with a number. */
export const unknownFields: Buffer = Buffer.concat([
  Buffer.from([0xc2, 0x3e, 0x07]),
  Buffer.from('unknown'),
  Buffer.from([0xc8, 0x3e, 0x01]),
]);

/** Decodes a message; one that cannot be decoded has empty fields, and its bytes for `problemOf`. */
export function readChunk(bytes: Buffer, atMs: number): SeenChunk {
  try {
    const { delta, isFinal, error, parts } = responseDeserialize(bytes);
    return { bytes, delta, isFinal, error, hasParts: parts !== undefined, atMs };
  } catch {
    return { bytes, delta: '', isFinal: false, error: '', hasParts: false, atMs };
  }
}

/** The wire type of each specified field of a chunk. */
const fieldsOfChunk = new Map([
  [1, { name: 'delta', wireType: 2 }],
  [2, { name: 'is_final', wireType: 0 }],
  [3, { name: 'error', wireType: 2 }],
]);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns why bytes are no `StreamChunk`; undefined if they are one, with further fields or without. */
export function problemOf(bytes: Buffer): string | undefined {
  for (let offset = 0; offset < bytes.length;) {
    const tag = readVarint(bytes, offset);
    if (tag === undefined) return 'it is no protobuf message';
    const [number, wireType] = [Math.floor(tag.value / 8), tag.value % 8];
    const value = skipValue(bytes, tag.next, wireType);
    if (number === 0 || value === undefined) return 'it is no protobuf message';
    const field = fieldsOfChunk.get(number);
    if (field !== undefined && field.wireType !== wireType) {
      return `field ${number} (${field.name}) has wire type ${wireType}, not ${field.wireType}`;
    }
    if (field?.wireType === 2 && !isUtf8(bytes.subarray(value.from, value.next))) {
      return `field ${number} (${field.name}) is not UTF-8`;
    }
    offset = value.next;
  }
  return undefined;
}

function isUtf8(bytes: Buffer): boolean {
  try {
    strictUtf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

interface Varint {
  value: number;
  next: number;
}

function readVarint(bytes: Buffer, from: number): Varint | undefined {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte % 128) * 128 ** index;
    if (byte < 128) return { value, next: from + index + 1 };
  }
  return undefined;
}

/** Returns where a value begins and ends; undefined if it exceeds the message. */
function skipValue(
  bytes: Buffer,
  from: number,
  wireType: number,
): { from: number; next: number } | undefined {
  const varint = wireType === 0 || wireType === 2 ? readVarint(bytes, from) : undefined;
  const start = wireType === 2 ? varint?.next : from;
  const next = {
    0: varint?.next,
    1: from + 8,
    2: varint && varint.next + varint.value,
    5: from + 4,
  }[wireType];
  return start === undefined || next === undefined || next > bytes.length
    ? undefined
    : { from: start, next };
}
