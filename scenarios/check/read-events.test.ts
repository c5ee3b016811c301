import { expect, test } from 'vitest';

import { createEventsReader, longestEventChars } from './read-events.ts';

test('each event has its bytes and the time of the piece that completed it', () => {
  const reader = createEventsReader(() => {});
  reader.feed(Buffer.from('event: ping\ndata: {}\n\nda'), 5);
  reader.feed(Buffer.from('ta: {"a":"é"}\r\n\r\n'), 9);
  expect(reader.events.map(({ event, atMs, from, to }) => [event, atMs, from, to])).toEqual([
    ['ping', 5, 0, 22],
    // The last line feed belongs to its line end.
    ['message', 9, 22, 41],
  ]);
});

test('a line without an end is given up', () => {
  const reader = createEventsReader(() => {});
  const piece = Buffer.alloc(2 ** 20, 'x');
  expect(reader.feed(Buffer.from('data: '), 0)).toBe(true);
  let pieces = 0;
  while (reader.feed(piece, 0)) pieces += 1;
  expect(pieces).toBe(longestEventChars / piece.length - 1);
});
