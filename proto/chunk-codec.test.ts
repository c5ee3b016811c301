import fc from 'fast-check';
import { expect, test } from 'vitest';

import { agentServiceDefinition } from './agent-service.ts';
import { frameChunk, frameChunkInParts, readChunk } from './chunk-codec.ts';

const { responseSerialize, responseDeserialize } = agentServiceDefinition.GenerateTextStream;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', 'x'.repeat(127), 'x'.repeat(128), '写'.repeat(5461), 'x'.repeat(20_000)),
);
const chunk = fc.record({ delta: text, isFinal: fc.boolean(), error: text });

test('frameChunk writes the length prefix and the fields', () => {
  expect(frameChunk({ delta: '写 a', isFinal: true, error: 'no' })).toEqual(
    Buffer.from('00 0000000d 0a05e586992061 1001 1a026e6f'.replaceAll(' ', ''), 'hex'),
  );
  expect(frameChunk({ delta: '', isFinal: false, error: '' })).toEqual(Buffer.alloc(5));
});

test('a chunk can have headroom, and can be read from an offset', () => {
  fc.assert(
    fc.property(chunk, fc.nat({ max: 20 }), (chunk, headroom) => {
      const bytes = frameChunk(chunk, headroom);
      expect(bytes.subarray(headroom)).toEqual(frameChunk(chunk));
      expect(readChunk(bytes, headroom + 5)).toEqual(chunk);
    }),
  );
});

test('the protobuf library decodes what frameChunk has encoded', () => {
  fc.assert(
    fc.property(chunk, (chunk) => {
      const bytes = frameChunk(chunk);
      expect(bytes.readUInt32BE(1)).toBe(bytes.length - 5);
      expect(responseDeserialize(bytes.subarray(5))).toEqual(chunk);
    }),
  );
});

test('readChunk decodes what the protobuf library has encoded', () => {
  fc.assert(
    fc.property(chunk, (chunk) => {
      expect(readChunk(responseSerialize(chunk))).toEqual(chunk);
    }),
  );
});

/** A known or unknown field of any wire type. */
const field = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x0a, 0x1a, 0x12, 0x2a), fc.uint8Array({ maxLength: 10 }))
    .map(([tag, bytes]) => [tag, bytes.length, ...bytes]),
  fc
    .tuple(fc.constantFrom(0x10, 0x08, 0x20), fc.constantFrom([0], [1], [2], [0x80, 1], [0x81, 0]))
    .map(([tag, value]) => [tag, ...value]),
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [0x2d, ...bytes]),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]),
);

function outcomeOf(read: (bytes: Buffer) => object, bytes: Buffer): unknown {
  try {
    return { ...read(bytes) };
  } catch {
    return 'no message';
  }
}

test('readChunk and the protobuf library agree about any bytes', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
      const bytes = Buffer.from(fields.flat());
      expect(outcomeOf(readChunk, bytes)).toEqual(outcomeOf(responseDeserialize, bytes));
      const withHeadroom = Buffer.concat([Buffer.from('ahead'), bytes]);
      expect(outcomeOf((all) => readChunk(all, 5), withHeadroom)).toEqual(
        outcomeOf(readChunk, bytes),
      );
    }),
    { numRuns: 2000 },
  );
});

test('the parts of a chunk join to its frame, wherever a part ends', () => {
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(
      texts,
      fc.boolean(),
      fc.string(),
      fc.integer({ min: 1, max: 50 }),
      (text, isFinal, error, units) => {
        const chunk = { delta: text.toWellFormed(), isFinal, error };
        expect(Buffer.concat([...frameChunkInParts(chunk, units)])).toEqual(frameChunk(chunk));
      },
    ),
  );
});
