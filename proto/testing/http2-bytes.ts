import { frameFlags, frameTypes, makeFrame } from '../http2/http2-frames.ts';

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const noBytes: Buffer = Buffer.alloc(0);

export function frameOf(type: number, flags: number, id: number, payload = noBytes): Buffer {
  const frame = makeFrame(type, flags, id, payload.length);
  payload.copy(frame, frame.length - payload.length);
  return frame;
}

/** Returns the header of a frame that announces a payload of this length. */
export function frameHeader(type: number, flags: number, id: number, length: number): Buffer {
  return makeFrame(type, flags, id, length).subarray(0, 9);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Returns a SETTINGS frame of these identifiers and values. */
export function settingsOf(...settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  for (const [index, [identifier, value]] of settings.entries()) {
    payload.writeUInt16BE(identifier, index * 6);
    payload.writeUInt32BE(value >>> 0, index * 6 + 2);
  }
  return frameOf(frameTypes.settings, 0, 0, payload);
}

/** Returns a header block without index and Huffman codes (RFC 7541, 6.2.2). */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([0]),
      stringOf(name),
      stringOf(value),
    ]),
  );
}

function stringOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128);
  length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** Returns the headers of a gRPC call. */
export function callHeaders(
  path: string,
  others: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'x',
    te: 'trailers',
    'content-type': 'application/grpc',
    ...others,
  };
}

/** Returns a HEADERS frame with a complete block. */
export function headersFrame(
  id: number,
  headers: Readonly<Record<string, string>>,
  flags: number = frameFlags.endHeaders,
): Buffer {
  return frameOf(frameTypes.headers, flags, id, headerBlock(headers));
}
