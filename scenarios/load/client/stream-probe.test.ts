import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { isConnected } from '../../../reports/sample.ts';
import { countOutcomes, detailsOf, sixStreams } from '../testing/load-runs.ts';
import {
  chunk,
  endlessHead,
  errorEvent,
  goodStream,
  lastChunk,
  message,
  ping,
  streamHead,
} from '../testing/raw-server.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const later = (ms: number, act: () => void): unknown => setTimeout(act, ms);

test('a stream with a final message is completed, with its arrivals, counts and hash', async () => {
  const samples = await sixStreams((_, socket) => goodStream(socket));
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  for (const sample of samples) {
    expect(sample).toMatchObject({
      status: 200,
      contentType: 'text/event-stream',
      messages: 3,
      pings: 0,
      detail: '',
      textSha256: sha256('你好，世界'),
      phase: 'window',
      startAtMs: 0,
    });
    expect(sample.arrivals.map(({ chars }) => chars)).toEqual([2, 5]);
    expect(isConnected(sample)).toBe(true);
  }
  expect(samples.map(({ key }) => key)).toEqual([
    'load-0-0',
    'load-1-0',
    'load-2-0',
    'load-3-0',
    'load-4-0',
    'load-5-0',
  ]);
});

test('a stream reset in the middle is reset', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write(streamHead + chunk(message('half')).toString());
    later(50, () => socket.resetAndDestroy());
  });
  expect(countOutcomes(samples)).toEqual({ reset: 6 });
  expect(detailsOf(samples)).toEqual(['ECONNRESET']);
  expect(samples.map(({ messages }) => messages)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('the detail of a connection reset before a response says so', async () => {
  const samples = await sixStreams((_, socket) => socket.resetAndDestroy());
  expect(countOutcomes(samples)).toEqual({ reset: 6 });
  expect(detailsOf(samples)).toEqual(['ECONNRESET before a response']);
});

test('a connection closed between two events is a cut', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.end(endlessHead + message('one') + message('two'));
  });
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual(['connection ended without a final message']);
  expect(samples.map(({ messages }) => messages)).toEqual([2, 2, 2, 2, 2, 2]);
});

test('a connection closed inside an event is a cut, and the half event is discarded', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.end(
      `${endlessHead}${message('one')}event: message\ndata: {"delta":"","isFinal":true}\n`,
    );
  });
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(samples.map(({ messages }) => messages)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a chunked body without its last chunk is a cut', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.end(streamHead + chunk(message('one')).toString());
  });
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual(['connection ended without a final message']);
});

test('a complete body without a final message is a cut', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString() + lastChunk);
  });
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual(['body ended without a final message']);
});

test('the detail of a connection closed before a response says so', async () => {
  const samples = await sixStreams((_, socket) => socket.end());
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual(['connection ended before a response']);
});

test('a stream without a length is completed if its connection ends after the final message', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.end(endlessHead + message('all') + message('', true));
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(samples.map(({ textSha256 }) => textSha256)).toEqual(Array(6).fill(sha256('all')));
});

test('a stream whose body is cut or reset after the final message is completed', async () => {
  const samples = await sixStreams(({ slot }, socket) => {
    socket.write(streamHead + chunk(message('all', true)).toString());
    later(50, () => (slot % 2 === 0 ? socket.end() : socket.resetAndDestroy()));
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(detailsOf(samples)).toEqual(['']);
});

test('a stream whose body never ends is completed at its final message', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write(streamHead + chunk(message('all', true)).toString());
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  for (const { arrivals, durationMs } of samples) expect(durationMs).toBe(arrivals.at(0)?.atMs);
});

test('a stream whose text stops is stalled', async () => {
  const samples = await sixStreams(
    (_, socket) => socket.write(streamHead + chunk(message('one')).toString()),
    { idleLimitMs: 300 },
  );
  expect(countOutcomes(samples)).toEqual({ stalled: 6 });
  expect(detailsOf(samples)).toEqual(['no text for 0.3 s']);
});

test('a request without a response is stalled', async () => {
  const samples = await sixStreams(() => undefined, { idleLimitMs: 300 });
  expect(countOutcomes(samples)).toEqual({ stalled: 6 });
  expect(samples.map(({ status }) => status)).toEqual(Array(6).fill(null));
});

test('a stream with only pings and empty messages is stalled', async () => {
  const samples = await sixStreams(
    (_, socket) => {
      socket.write(streamHead + chunk(message('one')).toString());
      const timer = setInterval(() => socket.write(chunk(ping + message(''))), 40);
      socket.on('close', () => clearInterval(timer));
    },
    { idleLimitMs: 400 },
  );
  expect(countOutcomes(samples)).toEqual({ stalled: 6 });
  for (const { pings, messages, detail, arrivals } of samples) {
    expect(messages).toBe(pings + 1);
    expect(arrivals).toHaveLength(1);
    expect(detail).toBe(`no text for 0.4 s, pings: ${pings}`);
  }
});

test('a stream that never ends times out at the stream limit', async () => {
  const samples = await sixStreams(
    (_, socket) => {
      socket.write(streamHead);
      const timer = setInterval(() => socket.write(chunk(message('on and '))), 20);
      socket.on('close', () => clearInterval(timer));
    },
    { idleLimitMs: 5000, streamLimitMs: 500 },
  );
  expect(countOutcomes(samples)).toEqual({ 'timed-out': 6 });
  expect(detailsOf(samples)).toEqual(['still open after 0.5 s']);
});

test('an error event fails the stream with its code, and the connection is reused', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write(streamHead + chunk(message('one') + errorEvent).toString() + lastChunk);
  });
  expect(countOutcomes(samples)).toEqual({ failed: 6 });
  expect(detailsOf(samples)).toEqual(['GENERATION_ERROR']);
  expect(samples.map(({ messages }) => messages)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a violation of the protocol is malformed, and the detail names it', async () => {
  const final = message('', true);
  const bodies = [
    ['event: message\ndata: {"delta":"a"\n\n', 'data of a message'],
    ['data: [DONE]\n\n', 'data of a message'],
    ['event: error\ndata: boom\n\n', 'data of an error'],
    [final + message('late'), 'message after the final message'],
    [final + final, 'final message after the final message'],
    [errorEvent + message('late'), 'message after the error'],
  ] as const;
  const samples = await sixStreams(({ slot }, socket) => {
    socket.write(streamHead + chunk(bodies[slot]?.[0] ?? '').toString() + lastChunk);
  });
  expect(countOutcomes(samples)).toEqual({ malformed: 6 });
  expect(samples.map(({ detail }) => detail)).toEqual(bodies.map(([, detail]) => detail));
});

test('a response that is not HTTP is malformed', async () => {
  const samples = await sixStreams((_, socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'));
  expect(countOutcomes(samples)).toEqual({ malformed: 6 });
  expect(detailsOf(samples)).toEqual(['the response is not HTTP']);
});

test('a stream is read byte by byte, in chunks and in packets, also within a character', async () => {
  const text = '你好 👩‍👩‍👧‍👦 é';
  const body = Buffer.from(message(text) + message('', true));
  const samples = await sixStreams(({ slot }, socket) => {
    const pieces = slot % 2 === 0 ? [...body].map((byte) => chunk(Buffer.of(byte))) : [chunk(body)];
    const bytes = Buffer.concat([Buffer.from(streamHead), ...pieces, Buffer.from(lastChunk)]);
    let sent = 0;
    const send = (): void => {
      socket.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent < bytes.length) setImmediate(send);
    };
    send();
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  for (const { textSha256, arrivals } of samples) {
    expect(textSha256).toBe(sha256(text));
    expect(arrivals.map(({ chars }) => chars)).toEqual([Array.from(text).length]);
  }
});

test('an interim response (1xx) is not taken for the final one', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
    goodStream(socket);
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(samples.map(({ status }) => status)).toEqual(Array(6).fill(200));
});
