/** What a conforming reader dispatches (WHATWG HTML 9.2.6): type, data, and the last event id by then. */
export interface DispatchedEvent {
  event: string;
  data: string;
  lastEventId: string;
}

export interface EventStreamCase {
  name: string;
  body: Uint8Array;
  events: DispatchedEvent[];
}

type Expected = string | { event?: string; data: string; lastEventId?: string };

/**
 * Streams that only differ in their line ends mean the same: `\n` in these stands for each of the three.
 * An event that is a plain text is a `message` with that data.
 */
const inAnyLineEnd: [name: string, stream: string, events: Expected[]][] = [
  ['one event', 'data: a\n\n', ['a']],
  ['two events', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['a name', 'event: ping\ndata: a\n\n', [{ event: 'ping', data: 'a' }]],
  ['a name after the data', 'data: a\nevent: ping\n\n', [{ event: 'ping', data: 'a' }]],
  ['the last of two names', 'event: x\nevent: y\ndata: a\n\n', [{ event: 'y', data: 'a' }]],
  ['an empty name', 'event: x\nevent:\ndata: a\n\n', ['a']],
  ['a name that ends with its block', 'event: x\n\ndata: a\n\n', ['a']],
  [
    'a name for one event only',
    'event: x\ndata: a\n\ndata: b\n\n',
    [{ event: 'x', data: 'a' }, 'b'],
  ],
  ['several data lines', 'data: a\ndata: b\ndata: c\n\n', ['a\nb\nc']],
  ['data lines around a name', 'data: a\nevent: x\ndata: b\n\n', [{ event: 'x', data: 'a\nb' }]],
  ['empty data', 'data:\n\n', ['']],
  ['data without a colon', 'data\n\n', ['']],
  ['two data lines without a colon', 'data\ndata\n\n', ['\n']],
  ['an empty line of data among others', 'data: a\ndata\ndata: b\n\n', ['a\n\nb']],
  ['a block without data', 'event: x\nid: 1\n\n', []],
  ['blank lines alone', '\n\n\n\n', []],
  ['blank lines between events', 'data: a\n\n\n\n\ndata: b\n\n', ['a', 'b']],
  ['blank lines at the start', '\n\ndata: a\n\n', ['a']],
  ['no space after the colon', 'data:a\nevent:x\n\n', [{ event: 'x', data: 'a' }]],
  ['one space of two', 'data:  a\n\n', [' a']],
  ['a tab is no space', 'data:\ta\n\n', ['\ta']],
  ['spaces at the end stay', 'data: a  \n\n', ['a  ']],
  ['data that is a space', 'data: \n\n', ['']],
  ['data that is two spaces', 'data:  \n\n', [' ']],
  ['a colon in the data', 'data: a: b:c\n\n', ['a: b:c']],
  ['data that starts with a colon', 'data::a\n\n', [':a']],
  ['a space before the colon', 'data : a\n\n', []],
  ['a space before the name', ' data: a\n\n', []],
  ['names are told apart by case', 'Data: a\nDATA: b\ndata: c\n\n', ['c']],
  ['unknown fields', 'foo: 1\nbar\ndatas: 2\ndat: 3\ndata: a\n\n', ['a']],
  ['a field name of another alphabet', 'дата: 1\ndata: a\n\n', ['a']],
  ['a comment', ': hello\ndata: a\n\n', ['a']],
  ['an empty comment', ':\ndata: a\n\n', ['a']],
  ['a comment between data lines', 'data: a\n: x\ndata: b\n\n', ['a\nb']],
  ['a comment that looks like data', ':data: x\n\ndata: a\n\n', ['a']],
  ['comments alone', ': a\n\n: b\n\n', []],
  ['an id', 'id: 7\ndata: a\n\n', [{ data: 'a', lastEventId: '7' }]],
  [
    'an id stays in force',
    'id: 7\ndata: a\n\ndata: b\n\n',
    [
      { data: 'a', lastEventId: '7' },
      { data: 'b', lastEventId: '7' },
    ],
  ],
  ['an id of a block without data', 'id: 7\n\ndata: a\n\n', [{ data: 'a', lastEventId: '7' }]],
  [
    'an empty id takes the last one away',
    'id: 7\ndata: a\n\nid\ndata: b\n\n',
    [{ data: 'a', lastEventId: '7' }, 'b'],
  ],
  ['the last of two ids', 'id: 7\nid: 8\ndata: a\n\n', [{ data: 'a', lastEventId: '8' }]],
  ['an id with a NUL', 'id: 7\nid: 8\0\ndata: a\n\n', [{ data: 'a', lastEventId: '7' }]],
  ['an id that is a NUL', 'id: \0\ndata: a\n\n', ['a']],
  ['an id after the data', 'data: a\nid: 7\n\n', [{ data: 'a', lastEventId: '7' }]],
  ['an id of other alphabets', 'id: 春😀\ndata: a\n\n', [{ data: 'a', lastEventId: '春😀' }]],
  ['NUL in data and name', 'event: x\0y\ndata: a\0b\n\n', [{ event: 'x\0y', data: 'a\0b' }]],
  ['a time to reconnect', 'retry: 1000\ndata: a\n\n', ['a']],
  ['times that are none', 'retry: 1e3\nretry: -1\nretry\nretry: 1 \ndata: a\n\n', ['a']],
  ['a time alone', 'retry: 1000\n\ndata: a\n\n', ['a']],
  ['no blank line at the end', 'data: a\n\ndata: b\n', ['a']],
  ['no line end at the end', 'data: a\n\ndata: b', ['a']],
  ['nothing but half an event', 'data: a', []],
  ['text beyond ASCII', 'data: é 春 😀 👨‍👩‍👧\n\n', ['é 春 😀 👨‍👩‍👧']],
  [
    'line separators of Unicode end no line',
    'data: a\u2028b\u2029c\u0085d\u000be\u000cf\n\n',
    ['a\u2028b\u2029c\u0085d\u000be\u000cf'],
  ],
  ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
  ['a byte order mark before a comment', '\uFEFF: x\ndata: a\n\n', ['a']],
  ['a second byte order mark', '\uFEFF\uFEFFdata: a\n\ndata: b\n\n', ['b']],
  [
    'a byte order mark in the middle',
    'data: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n',
    ['a', '\uFEFFc'],
  ],
  ['a byte order mark that was read as Latin-1', 'ï»¿data: a\n\ndata: b\n\n', ['b']],
];

/** Streams whose line ends are their subject. */
const withTheirLineEnds: [name: string, stream: string, events: Expected[]][] = [
  ['CR and LF by turns', 'data: a\rdata: b\ndata: c\r\n\n', ['a\nb\nc']],
  ['LF CR is two line ends', 'data: a\n\rdata: b\n\n', ['a', 'b']],
  ['CR CR LF is two line ends', 'data: a\r\r\ndata: b\n\n', ['a', 'b']],
  ['CRLF then CR', 'data: a\r\n\rdata: b\r\r', ['a', 'b']],
  ['CRLF LF', 'data: a\r\n\ndata: b\r\n\r\n', ['a', 'b']],
  ['an event that a CR ends, and then silence', 'data: a\r\r', ['a']],
  ['an event that CR LF CR ends', 'data: a\r\n\r', ['a']],
  ['escaped line ends stay as they are', 'data: {"a":"\\r\\n"}\r\r', ['{"a":"\\r\\n"}']],
];

/** Bytes that are no UTF-8 become U+FFFD, as the standard's decoder has them. */
const ofBytes: [name: string, bytes: number[], events: Expected[]][] = [
  ['a byte that starts nothing', [0x61, 0xff, 0x62], ['a\uFFFDb']],
  ['a character that is cut off', [0xe6, 0x98, 0x61], ['\uFFFDa']],
  ['a cut character before a line end', [0x61, 0xf0, 0x9f, 0x98], ['a\uFFFD']],
  ['a surrogate', [0xed, 0xa0, 0x80], ['\uFFFD\uFFFD\uFFFD']],
  ['an overlong slash', [0xc0, 0xaf], ['\uFFFD\uFFFD']],
];

const lineEnds = { LF: '\n', CR: '\r', CRLF: '\r\n' };

function toCase(name: string, body: Uint8Array, events: Expected[]): EventStreamCase {
  return {
    name,
    body,
    events: events.map((expected) => ({
      event: 'message',
      lastEventId: '',
      ...(typeof expected === 'string' ? { data: expected } : expected),
    })),
  };
}

const encode = (text: string) => new TextEncoder().encode(text);

export const eventStreamCases: EventStreamCase[] = [
  ...inAnyLineEnd.flatMap(([name, stream, events]) =>
    Object.entries(lineEnds).map(([kind, lineEnd]) =>
      toCase(`${name} (${kind})`, encode(stream.replaceAll('\n', lineEnd)), events),
    ),
  ),
  ...withTheirLineEnds.map(([name, stream, events]) => toCase(name, encode(stream), events)),
  ...ofBytes.map(([name, bytes, events]) =>
    toCase(name, Uint8Array.from([...encode('data: '), ...bytes, 10, 10]), events),
  ),
];

/** A stream in one piece, byte by byte, and cut in two at every byte. */
export function waysToSplit(body: Uint8Array): Uint8Array[][] {
  return [
    [body],
    [...body].map((byte) => Uint8Array.of(byte)),
    ...[...body.keys()].map((at) => [body.subarray(0, at), body.subarray(at)]),
  ];
}
