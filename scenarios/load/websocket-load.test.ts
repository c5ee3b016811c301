import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { isConnected, type StreamSample } from '../../reports/sample.ts';
import { loadSchema } from './profile/profile.ts';
import { runLoad } from './run-load.ts';
import { countOutcomes, detailsOf, oneEach } from './testing/load-runs.ts';
import { plainAnswer, refusingUrl, startRawServer } from './testing/raw-server.ts';
import {
  startRawWebSockets,
  switchingProtocols,
  type RawWebSocket,
} from './testing/raw-websocket.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const { request } = loadSchema.parse({ request: { transport: 'websocket' } });

/** Runs six streams over WebSocket, each in a slot of its own; returns the samples by slot. */
async function load(
  answer: (webSocket: RawWebSocket, slot: number) => void,
  changes: object = {},
): Promise<StreamSample[]> {
  const server = await startRawWebSockets((webSocket) => answer(webSocket, webSocket.request.slot));
  return loadAt(server, changes);
}

async function loadAt(
  server: { url: string; deserted(): Promise<void> },
  changes: object = {},
): Promise<StreamSample[]> {
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(6, { request, ...changes }),
  });
  await server.deserted();
  return samples.toSorted((a, b) => a.slot - b.slot);
}

const message = (delta: string, isFinal = false) => ['message', { delta, isFinal }] as const;

const error = [
  'error',
  { error: 'no', code: 'GENERATION_ERROR', details: 'out of tokens' },
] as const;

const outcomesOf = (samples: readonly StreamSample[]) =>
  samples.map(({ outcome, detail }) => (detail === '' ? outcome : `${outcome}: ${detail}`));

const six = (text: string) => Array<string>(6).fill(text);

test('a stream over WebSocket sends the body of a POST as its first message, and is read to its end', async () => {
  const firsts: string[] = [];
  const heads: Record<string, string>[] = [];
  const samples = await load(({ event, close, first, request: { headers } }) => {
    firsts.push(first);
    heads.push(headers);
    event('ping', { timestamp: 1 });
    event(...message('你好'));
    event(...message('，世界'));
    event(...message('', true));
    close(1000);
  });
  expect(outcomesOf(samples)).toEqual(six('completed'));
  for (const sample of samples) {
    expect(sample).toMatchObject({
      status: 101,
      contentType: null,
      messages: 3,
      pings: 1,
      textSha256: sha256('你好，世界'),
    });
    expect(sample.arrivals.map(({ chars }) => chars)).toEqual([2, 5]);
    expect(isConnected(sample)).toBe(true);
    expect(sample).not.toHaveProperty('reconnects');
  }
  expect(firsts).toEqual(six('{"prompt":"写一段500字的故事","model":"gpt-4","stream":true}'));
  for (const headers of heads) {
    expect(headers).toMatchObject({ authorization: 'Bearer rehearsal', upgrade: 'websocket' });
    expect(headers).not.toHaveProperty('content-type');
    expect(headers).not.toHaveProperty('sec-websocket-extensions');
  }
});

test('each end of a connection has its outcome', async () => {
  const samples = await load(({ socket, event, frame, close }, slot) => {
    event(...message('half'));
    const ends = [
      () => socket.end(),
      () => setTimeout(() => socket.resetAndDestroy(), 30),
      () => close(1000),
      () => close(1011, 'AGENT_LOST'),
      () => frame('', { opcode: 8 }),
      () => {
        frame('{"event":"message","data":{"delta":"lost', { fin: false });
        socket.end();
      },
    ];
    ends[slot]?.();
  });
  expect(outcomesOf(samples)).toEqual([
    'cut: connection ended without a final message',
    'reset: ECONNRESET',
    'cut: closed with 1000 without a final message',
    'cut: closed with 1011 AGENT_LOST without a final message',
    'cut: closed without a code without a final message',
    'cut: connection ended without a final message',
  ]);
  expect(samples.map(({ textSha256 }) => textSha256)).toEqual(six(sha256('half')));
});

test('an error event fails the stream, with or without text before it', async () => {
  const samples = await load(({ event, close }, slot) => {
    if (slot % 2 === 0) event(...message('half'));
    event(...error);
    close(1011, 'GENERATION_ERROR');
  });
  expect(outcomesOf(samples)).toEqual(six('failed: GENERATION_ERROR'));
});

test('a stream whose connection is cut, reset or left open after the final message is completed', async () => {
  const samples = await load(({ socket, event }, slot) => {
    event(...message('all', true));
    if (slot < 2) socket.end();
    else if (slot < 4) setTimeout(() => socket.resetAndDestroy(), 30);
  });
  expect(outcomesOf(samples)).toEqual(six('completed'));
});

test('a violation of the protocol is malformed, and the detail names it', async () => {
  const samples = await load(({ event, frame }, slot) => {
    const wrong = [
      () => frame('{"event":"message","data":{"delta":"a"'),
      () => event('message', { delta: 1, isFinal: false }),
      () => frame(Buffer.from('{}'), { opcode: 2 }),
      () => frame('{}', { opcode: 3 }),
      () => frame(Buffer.from([0xff, 0xfe])),
      () => {
        event(...message('', true));
        event(...message('late'));
      },
    ];
    wrong[slot]?.();
  });
  expect(outcomesOf(samples)).toEqual([
    'malformed: a message without an event',
    'malformed: data of a message',
    'malformed: a binary message',
    'malformed: Invalid WebSocket frame: invalid opcode 3',
    'malformed: Invalid WebSocket frame: invalid UTF-8 sequence',
    'malformed: message after the final message',
  ]);
});

test('an upgrade that the server refuses is rejected with its status and code', async () => {
  const server = await startRawServer(({ slot }, socket) => {
    const answers = [
      plainAnswer(503, 'application/json', '{"error":"busy","code":"OVERLOADED","details":""}'),
      plainAnswer(404, 'text/html', '<p>'),
      plainAnswer(
        200,
        'text/event-stream',
        'event: message\ndata: {"delta":"a","isFinal":true}\n\n',
      ),
    ];
    socket.write(answers[slot % 3] ?? '');
  });
  const samples = await loadAt(server);
  expect(outcomesOf(samples)).toEqual([
    'rejected: status 503 OVERLOADED',
    'rejected: status 404',
    'rejected: status 200',
    'rejected: status 503 OVERLOADED',
    'rejected: status 404',
    'rejected: status 200',
  ]);
  expect(samples.filter((sample) => isConnected(sample))).toEqual([]);
});

test('a connection that ends before a response, or answers otherwise than HTTP, says so', async () => {
  const server = await startRawServer((raw, socket) => {
    const answers = [
      () => socket.end(),
      () => socket.resetAndDestroy(),
      () => socket.write('SSH-2.0-OpenSSH_9.6\r\n'),
      () => socket.write(switchingProtocols({ ...raw, headers: {} })),
      () => socket.end(switchingProtocols(raw)),
      () => socket.end(switchingProtocols(raw)),
    ];
    answers[raw.slot]?.();
  });
  const samples = await loadAt(server);
  expect(outcomesOf(samples)).toEqual([
    'cut: connection ended before a response',
    'reset: ECONNRESET before a response',
    'malformed: the response is not HTTP',
    'malformed: Invalid Sec-WebSocket-Accept header',
    'cut: connection ended without a final message',
    'cut: connection ended without a final message',
  ]);
});

test('a stream without text stalls, and one without an end times out, whatever frames come', async () => {
  const repeat = (act: () => void, { socket }: RawWebSocket) => {
    const timer = setInterval(act, 30);
    socket.on('close', () => clearInterval(timer));
  };
  const stalled = await load(
    (webSocket) => {
      webSocket.event(...message('one'));
      repeat(() => {
        webSocket.event('ping', { timestamp: 1 });
        webSocket.frame('', { opcode: 9 });
      }, webSocket);
    },
    { idleLimitMs: 300 },
  );
  expect(countOutcomes(stalled)).toEqual({ stalled: 6 });
  const endless = await load(
    (webSocket) => repeat(() => webSocket.event(...message('on and ')), webSocket),
    { idleLimitMs: 5000, streamLimitMs: 400 },
  );
  expect(countOutcomes(endless)).toEqual({ 'timed-out': 6 });
});

test('a stream is left after its messages, and read at the speed of its reader', async () => {
  const leave = { after: { chunks: 2 }, probability: 1 };
  const left = await load(
    (webSocket) => {
      for (const delta of ['a', 'b', 'c']) webSocket.event(...message(delta));
    },
    { leave },
  );
  expect(countOutcomes(left)).toEqual({ left: 6 });
  const readSlowly = { bytesPerSec: 500, probability: 1 };
  const slow = await load(
    ({ event, close }) => {
      event(...message('x'.repeat(100)));
      setTimeout(() => {
        event(...message('', true));
        close(1000);
      }, 50);
    },
    { readSlowly },
  );
  expect(countOutcomes(slow)).toEqual({ completed: 6 });
  // 149 bytes at 500 bytes a second.
  for (const { durationMs } of slow) expect(durationMs).toBeGreaterThan(250);
});

test('a closed port refuses every stream, and each stream has a connection of its own', async () => {
  const profile = oneEach(2, { request });
  const refused = await runLoad({ url: await refusingUrl(), profile });
  expect(countOutcomes(refused.samples)).toEqual({ refused: 2 });
  expect(detailsOf(refused.samples)).toEqual(['ECONNREFUSED']);
  const server = await startRawWebSockets(({ event, close }) => {
    event(...message('all', true));
    close(1000);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { request, thinkMs: 10, windowMs: 300 }),
  });
  await server.deserted();
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.connections()).toBe(samples.length);
});

test('an aborted load closes its WebSockets', async () => {
  const abort = new AbortController();
  const server = await startRawWebSockets(({ event }) => {
    event(...message('half'));
    setTimeout(() => abort.abort(), 50);
  });
  const profile = oneEach(2, { request });
  const { samples } = await runLoad({ url: server.url, profile, signal: abort.signal });
  await server.deserted();
  expect(countOutcomes(samples)).toEqual({ censored: 2 });
});
