import { expect, test } from 'vitest';

import { frameFlags, frameTypes, largestWindowBytes } from '../../../proto/http2/http2-frames.ts';
import { startCommand } from '../support/command.ts';
import {
  callHeaders,
  frameHeader,
  frameOf,
  headerBlock,
  headersFrame,
  settingsOf,
  uint32,
} from '../../../proto/testing/http2-bytes.ts';
import { observeHttp2 } from '../support/http2/observe-http2.ts';

const { ack, endStream, endHeaders, padded } = frameFlags;
const { data, headers, reset, settings, ping, goaway, windowUpdate, continuation } = frameTypes;
const priority = 2;

const generate = callHeaders('/ai.agent.v1.AIAgentService/GenerateTextStream');
const unknown = callHeaders('/no.Such/Method');
const noGrpc = callHeaders('/no.Such/Method', { 'content-type': 'text/html' });
const whole = endHeaders | endStream;
const cancel = (id: number) => frameOf(reset, 0, id, uint32(8));
const wider = (id: number, bytes: number) => frameOf(windowUpdate, 0, id, uint32(bytes));

const goesOn = ['goes on'];
/** Which error it says is left to Node, which has one of its own for frames that it rejects. */
const connectionError = ['GOAWAY', 'closed'];

/** A name, the frames after the preface and SETTINGS, and what a server has to do (RFC 9113). */
const cases: [name: string, frames: Buffer[], expected: string[]][] = [
  ['a call of an unknown method and its cancel', [headersFrame(1, unknown), cancel(1)], goesOn],
  [
    'a whole call of an unknown method and its cancel',
    [headersFrame(1, unknown, whole), cancel(1)],
    goesOn,
  ],
  ['a request that is not gRPC and its cancel', [headersFrame(1, noGrpc), cancel(1)], goesOn],
  ['a call of a known method and its cancel', [headersFrame(1, generate), cancel(1)], goesOn],
  [
    '300 calls with their cancels',
    Array.from({ length: 300 }, (_, index) =>
      Buffer.concat([headersFrame(2 * index + 1, unknown), cancel(2 * index + 1)]),
    ),
    goesOn,
  ],
  [
    'a call and a connection error (5.1)',
    [headersFrame(1, unknown), frameOf(data, 0, 0)],
    connectionError,
  ],
  [
    'a call in two header frames and its cancel',
    [
      frameOf(headers, 0, 1, headerBlock(unknown).subarray(0, 40)),
      frameOf(continuation, endHeaders, 1, headerBlock(unknown).subarray(40)),
      cancel(1),
    ],
    goesOn,
  ],
  ['DATA on the connection (6.1)', [frameOf(data, 0, 0)], connectionError],
  ['DATA on an idle stream (5.1)', [frameOf(data, 0, 1)], connectionError],
  ['HEADERS on the connection (6.2)', [headersFrame(0, unknown)], connectionError],
  ['HEADERS on an even stream (5.1.1)', [headersFrame(2, unknown)], connectionError],
  [
    'HEADERS whose padding is too long (6.2)',
    [frameOf(headers, endHeaders | padded, 1, Buffer.from([200, 0x82]))],
    connectionError,
  ],
  [
    'rubbish in a header block (4.3)',
    [frameOf(headers, endHeaders, 1, Buffer.from('ffffffffffff', 'hex'))],
    connectionError,
  ],
  [
    'a frame within a header block (6.2)',
    [frameOf(headers, 0, 1, headerBlock(unknown)), frameOf(ping, 0, 0, Buffer.alloc(8))],
    connectionError,
  ],
  [
    'a WINDOW_UPDATE within a header block (6.2)',
    [frameOf(headers, 0, 1, headerBlock(unknown)), wider(0, 1)],
    connectionError,
  ],
  [
    'CONTINUATION without HEADERS (6.10)',
    [frameOf(continuation, endHeaders, 1, headerBlock(unknown))],
    connectionError,
  ],
  [
    'a frame that is too long (4.2)',
    [frameHeader(data, 0, 1, 16_385), Buffer.alloc(100)],
    connectionError,
  ],
  ['PRIORITY on the connection (6.3)', [frameOf(priority, 0, 0, Buffer.alloc(5))], connectionError],
  ['RST_STREAM on the connection (6.4)', [frameOf(reset, 0, 0, uint32(8))], connectionError],
  ['RST_STREAM on an idle stream (6.4)', [cancel(1)], connectionError],
  [
    'RST_STREAM of a wrong length (6.4)',
    [headersFrame(1, generate), frameOf(reset, 0, 1, Buffer.alloc(3))],
    connectionError,
  ],
  [
    'SETTINGS acknowledged with a payload (6.5)',
    [frameOf(settings, ack, 0, Buffer.alloc(1))],
    connectionError,
  ],
  ['SETTINGS on a stream (6.5)', [frameOf(settings, 0, 1)], connectionError],
  ['SETTINGS of a wrong length (6.5)', [frameOf(settings, 0, 0, Buffer.alloc(3))], connectionError],
  ['SETTINGS with a push that is neither (6.5.2)', [settingsOf([2, 2])], connectionError],
  [
    'SETTINGS with a window that is too large (6.5.2)',
    [settingsOf([4, 0x8000_0000])],
    connectionError,
  ],
  ['SETTINGS with frames that are too small (6.5.2)', [settingsOf([5, 16_383])], connectionError],
  ['an unknown setting (6.5.2)', [settingsOf([0xff, 1])], goesOn],
  ['a PING on a stream (6.7)', [frameOf(ping, 0, 1, Buffer.alloc(8))], connectionError],
  ['a PING of a wrong length (6.7)', [frameOf(ping, 0, 0, Buffer.alloc(6))], connectionError],
  ['GOAWAY on a stream (6.8)', [frameOf(goaway, 0, 1, Buffer.alloc(8))], connectionError],
  ['WINDOW_UPDATE of nothing on the connection (6.9)', [wider(0, 0)], connectionError],
  [
    'WINDOW_UPDATE of nothing on a stream (6.9)',
    [headersFrame(1, generate), wider(1, 0)],
    connectionError,
  ],
  [
    'WINDOW_UPDATE of a wrong length (6.9)',
    [frameOf(windowUpdate, 0, 0, Buffer.alloc(3))],
    connectionError,
  ],
  ['WINDOW_UPDATE on an idle stream (6.9)', [wider(1, 1)], connectionError],
  [
    'a window of the connection that becomes too large (6.9.1)',
    [wider(0, largestWindowBytes)],
    connectionError,
  ],
  [
    'a window of the connection that becomes too large by steps (6.9.1)',
    [wider(0, largestWindowBytes - 65_535), wider(0, 1)],
    connectionError,
  ],
  [
    'a window of a stream that becomes too large (6.9.1)',
    [headersFrame(1, generate), wider(1, largestWindowBytes)],
    ['closed'],
  ],
  [
    'a stream that becomes too wide by SETTINGS (6.9.2)',
    [headersFrame(1, generate), wider(1, largestWindowBytes - 65_535), settingsOf([4, 65_536])],
    connectionError,
  ],
  [
    'a frame of an unknown type (4.1)',
    [frameOf(200, 0xff, 0, Buffer.alloc(8)), frameOf(201, 0xff, 1)],
    goesOn,
  ],
  [
    'a flood of PING',
    Array.from({ length: 3000 }, () => frameOf(ping, 0, 0, Buffer.alloc(8))),
    connectionError,
  ],
  ['a flood of SETTINGS', Array.from({ length: 3000 }, () => settingsOf()), connectionError],
];

test('an agent does with every frame of a client what RFC 9113 asks for, and goes on', async () => {
  const agent = startCommand(['agent', 'healthy', '--agent-port', '0']);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(await agent.firstLine)?.[1]);
  const seen: Record<string, string[]> = {};
  for (const [name, frames] of cases) seen[name] = await observeHttp2(port, Buffer.concat(frames));
  expect(seen).toEqual(Object.fromEntries(cases.map(([name, , expected]) => [name, expected])));
});
