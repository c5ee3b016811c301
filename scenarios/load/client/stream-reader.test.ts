import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { waysToSplit } from '../../../client/testing/event-stream-cases.ts';
import type { Reading } from './body-reader.ts';
import { createStreamReader } from './stream-reader.ts';
import { errorEvent, message, ping } from '../testing/raw-server.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads a complete body at 7 ms. */
function read(body: string): Reading & { hash: string } {
  const reader = createStreamReader();
  reader.feed(Buffer.from(body), 7);
  return { ...reader.reading, hash: reader.textSha256() };
}

test('messages, pings and the final message are counted, with the time and the bytes of each text', () => {
  const reader = createStreamReader();
  const reads = [message('春') + ping, message('') + message('天 😀'), message('!', true)];
  for (const [index, body] of reads.entries()) reader.feed(Buffer.from(body), 10 * (index + 1));
  const sizes = reads.map((body) => Buffer.byteLength(body));
  expect(reader.reading).toEqual({
    arrivals: [
      { atMs: 10, chars: 1, bytes: sizes[0] },
      { atMs: 20, chars: 4, bytes: (sizes[0] ?? 0) + (sizes[1] ?? 0) },
      { atMs: 30, chars: 5, bytes: sizes.reduce((sum, size) => sum + size, 0) },
    ],
    firstReasoningMs: null,
    lastOutputAtMs: 30,
    messages: 4,
    pings: 1,
    end: { kind: 'final', atMs: 30 },
    malformed: null,
    lastEventId: '',
    retryMs: null,
  });
  expect(reader.textSha256()).toBe(sha256('春天 😀!'));
});

test('a field may have a space after its colon or not, the event line may be missing, and any line end is valid', () => {
  const data = '{"delta":"a","isFinal":false}';
  for (const body of [
    `event: message\ndata: ${data}\n\n`,
    `event:message\ndata:${data}\n\n`,
    `data: ${data}\n\n`,
    `event: message\r\ndata: ${data}\r\n\r\n`,
    `id: 4\nretry: 100\nevent: message\ndata: ${data}\n\n`,
    `: comment\n\nevent: message\ndata: ${data}\n\n`,
    `\uFEFFevent: message\ndata: ${data}\n\n`,
    `event: message\ndata: {"delta":"a",\ndata: "isFinal":false}\n\n`,
  ]) {
    expect(read(body)).toMatchObject({ messages: 1, malformed: null, hash: sha256('a') });
  }
});

test.each(['\n', '\r', '\r\n'])(
  'with %j as line end the result is the same for every split',
  (lineEnd) => {
    const stream = `\uFEFF: hi\n\n${message('春')}id: 1\n\nretry: 9\n${ping}${message('😀', true)}`;
    const body = Buffer.from(stream.replaceAll('\n', lineEnd));
    for (const pieces of waysToSplit(body)) {
      const reader = createStreamReader();
      for (const piece of pieces) reader.feed(piece, 7);
      const { messages, pings, end, malformed } = reader.reading;
      expect({ messages, pings, end, malformed }).toEqual({
        messages: 2,
        pings: 1,
        end: { kind: 'final', atMs: 7 },
        malformed: null,
      });
      expect(reader.textSha256()).toBe(sha256('春😀'));
    }
  },
);

test('an error ends the stream with its code', () => {
  expect(read(message('a') + errorEvent)).toMatchObject({
    messages: 1,
    end: { kind: 'error', atMs: 7, code: 'GENERATION_ERROR' },
    malformed: null,
  });
});

test('an event without its blank line is discarded', () => {
  expect(read(`${message('a')}${message('b', true).slice(0, -1)}`)).toMatchObject({
    messages: 1,
    end: null,
    malformed: null,
  });
});

test('unknown events and pings after the end are ignored', () => {
  expect(read(`event: usage\ndata: 12 tokens\n\n${message('', true)}${ping}`)).toMatchObject({
    messages: 1,
    pings: 1,
    end: { kind: 'final' },
    malformed: null,
  });
});

test('data that is not the JSON of its event is malformed', () => {
  const details: [string, string][] = [
    ['data: \n\n', 'data of a message'],
    ['data: null\n\n', 'data of a message'],
    ['data: {"delta":"a"}\n\n', 'data of a message'],
    ['data: {"delta":1,"isFinal":false}\n\n', 'data of a message'],
    ['event: error\ndata: {"error":"no"}\n\n', 'data of an error'],
    ['event: ping\ndata: now\n\n', 'data of a ping'],
  ];
  for (const [body, detail] of details) expect(read(body)).toMatchObject({ malformed: detail });
});

test('a message or an error after the end is malformed', () => {
  const final = message('', true);
  expect(read(final + message('a')).malformed).toBe('message after the final message');
  expect(read(final + final).malformed).toBe('final message after the final message');
  expect(read(final + errorEvent).malformed).toBe('error after the final message');
  expect(read(errorEvent + message('a')).malformed).toBe('message after the error');
  expect(read(errorEvent + errorEvent).malformed).toBe('error after the error');
});

test('text after the end is not text of the stream, and nothing is read after a violation', () => {
  const { arrivals, hash, messages } = read(message('a', true) + message('b') + message('c'));
  expect(arrivals).toMatchObject([{ atMs: 7, chars: 1 }]);
  expect(hash).toBe(sha256('a'));
  expect(messages).toBe(2);
});

test('an event that never ends is malformed at the maximum length', () => {
  const reader = createStreamReader();
  const piece = Buffer.alloc(65_536, 'x');
  for (let fed = 0; fed < 200; fed += 1) reader.feed(piece, fed);
  expect(reader.reading.malformed).toBe('an event of more than 12292480 characters');
});

test('the result does not depend on how the bytes are split', () => {
  const delta = fc.string({ unit: 'grapheme', maxLength: 12 });
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 8 }), fc.array(fc.nat(400)), (deltas, cuts) => {
      const body = deltas.map((text) => message(text)).join(ping) + message('', true);
      const bytes = Buffer.from(body);
      const reader = createStreamReader();
      let from = 0;
      for (const to of [
        ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b),
        bytes.length,
      ]) {
        reader.feed(bytes.subarray(from, to), 7);
        from = to;
      }
      // By its definition the byte count of a message depends on the split.
      const arrivals = reader.reading.arrivals.map((arrival) => ({ ...arrival, bytes: from }));
      expect({ ...reader.reading, arrivals, hash: reader.textSha256() }).toEqual(read(body));
      expect(reader.textSha256()).toBe(sha256(deltas.join('')));
      expect(reader.reading.messages).toBe(deltas.length + 1);
    }),
  );
});
