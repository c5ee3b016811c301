import { expect, test } from 'vitest';

import { createEventParser } from './event-parser.ts';
import {
  eventStreamCases,
  waysToSplit,
  type DispatchedEvent,
} from './testing/event-stream-cases.ts';

/** Returns the events that a parser dispatches. */
function dispatch(pieces: Uint8Array[]): DispatchedEvent[] {
  const events: DispatchedEvent[] = [];
  let lastEventId = '';
  const parse = createEventParser(({ event, data, id }) => {
    lastEventId = id ?? lastEventId;
    events.push({ event, data, lastEventId });
  });
  for (const piece of pieces) parse(piece);
  return events;
}

test.each(eventStreamCases)('$name: the same events at every split', ({ body, events }) => {
  for (const pieces of waysToSplit(body)) expect(dispatch(pieces)).toEqual(events);
});

test('dispatches an event that ends in CR at once, before the next byte', () => {
  expect(dispatch([Buffer.from('data: a\r\r')])).toHaveLength(1);
  expect(dispatch([Buffer.from('data: a\r\n\r')])).toHaveLength(1);
});

test('parses a message of 1 MiB by the character, and one of a million lines, in linear time', () => {
  const chars = 1024 * 1024;
  let data = '';
  const parse = createEventParser((event) => ({ data } = event));
  parse(Buffer.from('data: '));
  const letter = Buffer.from('a');
  for (let count = 0; count < chars; count += 1) parse(letter);
  parse(Buffer.from('\r\r'));
  expect(data).toHaveLength(chars);
  parse(Buffer.from('data\n'.repeat(chars)));
  parse(Buffer.from('\n'));
  expect(data).toHaveLength(chars - 1);
});

test('reports each retry, and each id of a block without data', () => {
  const body = Buffer.from(
    'retry: 10\n\ndata: a\nid: 1\nretry:020\n\nid: 2\n\nretry: 3s\nretry\nid\n\nid: 3\ndata: b\n\n',
  );
  for (const pieces of waysToSplit(body)) {
    const fields: string[][] = [];
    const parse = createEventParser(
      () => {},
      Infinity,
      (...field) => fields.push(field),
    );
    for (const piece of pieces) parse(piece);
    expect(fields).toEqual([
      ['retry', '10'],
      ['retry', '020'],
      ['id', '2'],
      ['retry', '3s'],
      ['retry', ''],
      ['id', ''],
    ]);
  }
});

test.each(['data: 123456\n', 'data: 1\ndata: 2\ndata\ndata\ndata\n', ': 1234', '123456'])(
  'ignores everything after an event that is too long: %j',
  (text) => {
    const events: string[] = [];
    const parse = createEventParser(({ data }) => events.push(data), 5);
    expect(parse(Buffer.from('data: 12345\n'))).toBe(true);
    expect(parse(Buffer.from('\n'))).toBe(true);
    expect(parse(Buffer.from(text))).toBe(false);
    expect(parse(Buffer.from('\n\ndata: a\n\n'))).toBe(false);
    expect(events).toEqual(['12345']);
  },
);
