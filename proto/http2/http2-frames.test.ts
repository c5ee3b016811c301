import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  frameTypes,
  largestPayloadBytes,
  makeFrame,
  prefaceBytes,
  sortFrames,
  windowUpdate,
} from './http2-frames.ts';

/** Sorts bytes that arrive in pieces, and keeps DATA. */
function sort(pieces: readonly Buffer[], skippedBytes = 0) {
  const kept: string[] = [];
  const passed: Buffer[] = [];
  const take = sortFrames(
    {
      keep(bytes, { type, flags, id, from, to }) {
        if (type !== frameTypes.data) return false;
        const text = bytes.toString('latin1', from, to);
        kept.push(`${id} ${flags} ${text}`);
        return text === 'end' ? Buffer.from('instead') : true;
      },
      pass: (bytes) => void passed.push(bytes),
    },
    skippedBytes,
  );
  for (const piece of pieces) take(piece);
  return { kept, passed };
}

function frame(type: number, id: number, payload: string): Buffer {
  const bytes = makeFrame(type, 1, id, payload.length);
  bytes.write(payload, 9, 'latin1');
  return bytes;
}

const ping = frame(6, 0, '12345678');

test('kept frames are not passed, and adjacent passed frames arrive in one piece', () => {
  const { kept, passed } = sort([
    Buffer.concat([ping, ping, frame(0, 5, 'ab'), ping, frame(0, 7, '')]),
  ]);
  expect(kept).toEqual(['5 1 ab', '7 1 ']);
  expect(passed).toEqual([Buffer.concat([ping, ping]), ping]);
});

test('the replacement of a frame is passed at its position', () => {
  const { passed } = sort([Buffer.concat([ping, frame(0, 1, 'end'), ping])]);
  expect(Buffer.concat(passed)).toEqual(Buffer.concat([ping, Buffer.from('instead'), ping]));
});

test('the result does not depend on where reads end', () => {
  const type = fc.constantFrom(frameTypes.data, frameTypes.headers, frameTypes.windowUpdate);
  const frames = fc.array(
    fc.tuple(type, fc.nat({ max: 0x7fff_ffff }), fc.string({ maxLength: 40 })),
  );
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 60 })), (inputs, cuts) => {
      const bytes = Buffer.concat(inputs.map(([kind, id, text]) => frame(kind, id, text)));
      const pieces: Buffer[] = [];
      let offset = 0;
      for (const cut of cuts) pieces.push(bytes.subarray(offset, (offset += cut)));
      pieces.push(bytes.subarray(offset));
      const inOnePiece = sort([bytes]);
      const inPieces = sort(pieces);
      expect(inPieces.kept).toEqual(inOnePiece.kept);
      expect(Buffer.concat(inPieces.passed)).toEqual(Buffer.concat(inOnePiece.passed));
    }),
  );
});

test('bytes before the first frame are passed, wherever reads end', () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  expect(preface.length).toBe(prefaceBytes);
  for (const cut of [0, 1, 23, 24, 25, 40]) {
    const bytes = Buffer.concat([preface, ping, frame(0, 1, 'a')]);
    const { kept, passed } = sort([bytes.subarray(0, cut), bytes.subarray(cut)], prefaceBytes);
    expect(kept).toEqual(['1 1 a']);
    expect(Buffer.concat(passed)).toEqual(Buffer.concat([preface, ping]));
  }
});

test('after a frame that is too large everything is passed', () => {
  const large = makeFrame(frameTypes.data, 0, 1, largestPayloadBytes + 1).fill('x', 9);
  const { kept, passed } = sort([frame(0, 1, 'a'), large.subarray(0, 20), large.subarray(20)]);
  expect(kept).toEqual(['1 1 a']);
  expect(Buffer.concat(passed)).toEqual(large);
});

test('windowUpdate writes the bytes of RFC 9113', () => {
  expect([...windowUpdate(0x01020304, 0x0a0b0c0d)]).toEqual([
    0, 0, 4, 8, 0, 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d,
  ]);
});
