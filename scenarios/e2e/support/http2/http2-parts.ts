import {
  frameFlags,
  frameTypes,
  largestWindowBytes,
} from '../../../../proto/http2/http2-frames.ts';
import {
  callHeaders,
  frameHeader,
  frameOf,
  headerBlock,
  noBytes,
  settingsOf,
  uint32,
} from '../../../../proto/testing/http2-bytes.ts';

/** The random draws for a part of a sequence. */
export interface Context {
  draw: () => number;
  below(limit: number): number;
  oneOf<T>(items: readonly T[]): T;
  bytes(length: number): Buffer;
  /** Returns a stream id, mostly of an open stream or of the next one. */
  id(): number;
  newId(): number;
}

/** Makes a part of a sequence. */
export type Part = (context: Context) => Buffer;

const { endStream, endHeaders, ack, padded } = frameFlags;

/** Messages of requests and responses, one of them truncated, and bytes that are no message. */
const messages = [
  '00000000060a046465766f',
  '00000000020a00',
  '0000000000',
  '0100000002',
  '3c68746d',
  'ff',
];

export const messageOf = ({ oneOf }: Context) => Buffer.from(oneOf(messages), 'hex');

export const times = (count: number, make: () => Buffer) =>
  Buffer.concat(Array.from({ length: count }, make));

/** Returns the length of a flood: mostly small, sometimes large. */
export const floodSize = ({ draw, below }: Context) => (draw() < 0.03 ? 3000 : 1 + below(60));

/** Parts that both ends may send. */
export const anyEnd: Record<string, Part> = {
  data: (c) => frameOf(0, c.oneOf([0, 0, endStream]), c.id(), messageOf(c)),
  'data without bytes': (c) => times(floodSize(c), () => frameOf(0, c.oneOf([0, padded]), c.id())),
  'data on the connection': (c) => frameOf(0, 0, 0, c.bytes(c.below(20))),
  'data with padding': (c) =>
    frameOf(0, padded, c.id(), Buffer.concat([Buffer.from([c.below(256)]), c.bytes(c.below(256))])),
  'data beyond the windows': (c) =>
    times(5 + c.below(3), () => frameOf(0, 0, c.id(), Buffer.alloc(16_384))),
  'a frame that is too long': (c) =>
    Buffer.concat([
      frameHeader(c.below(12), c.below(256), c.id(), 16_385 + c.below(100_000)),
      c.bytes(c.below(100)),
    ]),
  'a frame without its end': (c) =>
    Buffer.concat([frameHeader(c.below(10), c.below(256), c.id(), 100), c.bytes(c.below(99))]),
  'rubbish in HPACK': (c) =>
    frameOf(
      frameTypes.headers,
      c.oneOf([endHeaders, endHeaders | endStream]),
      c.oneOf([c.id(), c.newId()]),
      c.bytes(c.below(60)),
    ),
  'headers with padding': (c) =>
    frameOf(
      frameTypes.headers,
      endHeaders | padded,
      c.newId(),
      Buffer.concat([Buffer.from([c.below(256)]), c.bytes(c.below(60))]),
    ),
  'a block without its end': (c) =>
    frameOf(frameTypes.headers, 0, c.newId(), headerBlock(callHeaders('/a'))),
  'a flood of CONTINUATION': (c) =>
    Buffer.concat([
      frameOf(frameTypes.headers, 0, c.newId()),
      times(floodSize(c), () =>
        frameOf(
          frameTypes.continuation,
          c.oneOf([0, 0, 0, endHeaders]),
          1,
          headerBlock({ a: 'b' }),
        ),
      ),
    ]),
  CONTINUATION: (c) => frameOf(frameTypes.continuation, c.below(256), c.id(), c.bytes(c.below(20))),
  RST_STREAM: (c) => frameOf(frameTypes.reset, 0, c.id(), uint32(c.below(16))),
  'RST_STREAM of a wrong length': (c) => frameOf(frameTypes.reset, 0, c.id(), c.bytes(c.below(9))),
  'a flood of RST_STREAM': (c) =>
    times(floodSize(c), () => frameOf(frameTypes.reset, 0, c.id(), uint32(8))),
  SETTINGS: (c) =>
    settingsOf(
      [1 + c.below(9), c.oneOf([0, 1, 100, 65_535, 16_384, largestWindowBytes, 0xffff_ffff])],
      [4, c.below(100_000)],
    ),
  'SETTINGS acknowledged': (c) =>
    times(c.oneOf([1, 1, 3]), () => frameOf(frameTypes.settings, ack, 0)),
  'SETTINGS of a wrong length': (c) =>
    frameOf(frameTypes.settings, c.below(2), c.oneOf([0, c.id()]), c.bytes(c.below(15))),
  'a flood of SETTINGS': (c) => times(floodSize(c), () => settingsOf([4, c.below(70_000)])),
  PING: (c) =>
    frameOf(
      frameTypes.ping,
      c.below(2),
      c.oneOf([0, 0, c.id()]),
      c.bytes(c.oneOf([8, 8, c.below(12)])),
    ),
  'a flood of PING': (c) =>
    times(floodSize(c), () => frameOf(frameTypes.ping, 0, 0, Buffer.alloc(8))),
  GOAWAY: (c) =>
    frameOf(
      frameTypes.goaway,
      0,
      0,
      Buffer.concat([
        uint32(c.oneOf([0, 1, largestWindowBytes])),
        uint32(c.oneOf([0, 2, 11, c.below(20)])),
        c.oneOf([noBytes, Buffer.from('too_many_pings')]),
      ]),
    ),
  WINDOW_UPDATE: (c) =>
    frameOf(
      frameTypes.windowUpdate,
      0,
      c.oneOf([0, c.id()]),
      uint32(c.oneOf([0, 1, 1000, largestWindowBytes, 0xffff_ffff])),
    ),
  'WINDOW_UPDATE of a wrong length': (c) =>
    frameOf(frameTypes.windowUpdate, 0, c.id(), c.bytes(c.below(9))),
  'a flood of WINDOW_UPDATE': (c) =>
    times(floodSize(c), () => frameOf(frameTypes.windowUpdate, 0, c.oneOf([0, c.id()]), uint32(1))),
  PRIORITY: (c) =>
    times(floodSize(c), () => frameOf(2, 0, c.id(), c.bytes(c.oneOf([5, 5, c.below(9)])))),
  PUSH_PROMISE: (c) =>
    frameOf(
      frameTypes.pushPromise,
      endHeaders,
      c.id(),
      Buffer.concat([uint32(c.oneOf([2, 4, c.id()])), headerBlock(callHeaders('/a'))]),
    ),
  'an unknown type': (c) => frameOf(10 + c.below(246), c.below(256), c.id(), c.bytes(c.below(50))),
  'the reserved bit': (c) =>
    frameOf(c.below(10), c.below(256), (0x8000_0000 | c.id()) >>> 0, c.bytes(c.below(20))),
  'any frame': (c) => frameOf(c.below(11), c.below(256), c.id(), c.bytes(c.below(40))),
  'any bytes': (c) => c.bytes(1 + c.below(40)),
};
