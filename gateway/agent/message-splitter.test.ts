import { deflateSync, gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { GatewayError } from '../errors.ts';
import { createMessageSplitter } from './message-splitter.ts';

function frame(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function takeAll({ next }: ReturnType<typeof createMessageSplitter>): Buffer[] {
  const messages = [];
  for (let message = next(); message !== undefined; message = next()) messages.push(message);
  return messages;
}

test('the messages do not depend on where reads end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (messages, sizes) => {
        const bytes = Buffer.concat(messages.map((message) => frame(message)));
        const splitter = createMessageSplitter(100);
        const seen: Buffer[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const size = sizes[cut % sizes.length] ?? 1;
          splitter.add(bytes.subarray(at, at + size));
          seen.push(...takeAll(splitter));
          at += size;
        }
        expect(seen).toEqual(messages.map((message) => Buffer.from(message)));
      },
    ),
  );
});

test('a message beyond the limit is refused as soon as its length is known', () => {
  const splitter = createMessageSplitter(10);
  splitter.add(frame(Buffer.alloc(10)));
  expect(splitter.next()).toHaveLength(10);
  splitter.add(frame(Buffer.alloc(11)).subarray(0, 5));
  expect(() => splitter.next()).toThrow('Received message larger than max (11 vs 10)');
});

test.each([gzipSync, deflateSync])(
  'a compressed message is decompressed up to the limit',
  (pack) => {
    const splitter = createMessageSplitter(1000);
    splitter.add(frame(pack(Buffer.alloc(1000, 'a')), 1));
    expect(splitter.next()).toEqual(Buffer.alloc(1000, 'a'));
    splitter.add(frame(pack(Buffer.alloc(1001, 'a')), 1));
    expect(() => splitter.next()).toThrow(GatewayError);
  },
);

test('a message with the compression flag but without compression is refused', () => {
  const splitter = createMessageSplitter(1000);
  splitter.add(frame(Buffer.from('plain'), 1));
  expect(() => splitter.next()).toThrow(GatewayError);
});
