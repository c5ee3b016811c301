import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import type { StreamSample } from '../../reports/sample.ts';
import type { LoadProfile } from './profile/profile.ts';
import { loadSchema } from './profile/profile.ts';
import { good, later, loadAt, outcomesOf } from './testing/http2-loads.ts';
import { countOutcomes } from './testing/load-runs.ts';
import { startRawHttp2, type RawStream } from './testing/raw-http2.ts';
import { errorEvent, message } from './testing/raw-server.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const requestOf = (request: object = {}) => loadSchema.parse({ request }).request;

/** Runs six streams over HTTP/2, each in a slot of its own. */
async function load(
  answer: (stream: RawStream) => void,
  changes: Partial<LoadProfile> = {},
): Promise<StreamSample[]> {
  return loadAt(await startRawHttp2(answer), changes);
}

const six = (text: string) => Array<string>(6).fill(text);

test('a server that chooses HTTP/2 is loaded over it, with many streams on a connection', async () => {
  const server = await startRawHttp2((stream) => later(() => good(stream)));
  const samples = await loadAt(server, {}, 120);
  expect(countOutcomes(samples)).toEqual({ completed: 120 });
  for (const sample of samples) {
    expect(sample).toMatchObject({
      status: 200,
      contentType: 'text/event-stream',
      messages: 3,
      textSha256: sha256('你好，世界'),
    });
    expect(sample.arrivals.map(({ chars }) => chars)).toEqual([2, 5]);
  }
  expect(server.streams).toHaveLength(120);
  for (const { body } of server.streams) {
    expect(body).toBe('{"prompt":"写一段500字的故事","model":"gpt-4","stream":true}');
  }
  // 100 streams are the most of a connection.
  expect(new Set(server.streams.map(({ connection }) => connection)).size).toBe(2);
});

test.each<[string, (stream: RawStream) => void, string]>([
  ['INTERNAL_ERROR', (stream) => stream.reset(2), 'reset: RST_STREAM INTERNAL_ERROR'],
  ['CANCEL', (stream) => stream.reset(8), 'reset: RST_STREAM CANCEL'],
  ['REFUSED_STREAM', (stream) => stream.reset(7), 'reset: RST_STREAM REFUSED_STREAM'],
  ['NO_ERROR', (stream) => stream.reset(0), 'cut: body ended without a final message'],
  [
    'the end of its body',
    (stream) => stream.data('', true),
    'cut: body ended without a final message',
  ],
])(
  'one stream that ends with %s leaves the others of its connection whole',
  async (_, end, outcome) => {
    const server = await startRawHttp2((stream) => {
      stream.head(200);
      stream.data(message('half'));
      later(() => {
        if (stream.onConnection === 2) end(stream);
        else stream.data(message('', true), true);
      });
    });
    const samples = await loadAt(server);
    expect(outcomesOf(samples).toSorted()).toEqual(
      [...Array<string>(5).fill('completed'), outcome].toSorted(),
    );
    for (const { textSha256 } of samples) expect(textSha256).toBe(sha256('half'));
    expect(new Set(server.streams.map(({ connection }) => connection)).size).toBe(1);
  },
);

test.each<[string, (stream: RawStream) => void, string]>([
  ['a FIN', ({ socket }) => socket.end(), 'cut: connection ended without a final message'],
  ['a RST', ({ socket }) => socket.resetAndDestroy(), 'reset: ECONNRESET'],
  ['a GOAWAY with an error', (stream) => stream.goaway(99, 11), 'reset: GOAWAY ENHANCE_YOUR_CALM'],
  [
    'a GOAWAY and a FIN',
    (stream) => {
      stream.goaway(99, 0);
      stream.socket.end();
    },
    'cut: connection ended without a final message',
  ],
])('%s reaches every stream of the connection', async (_, end, outcome) => {
  const samples = await load((stream) => {
    stream.head(200);
    stream.data(message('half'));
    if (stream.onConnection === 5) later(() => end(stream));
  });
  expect(outcomesOf(samples)).toEqual(six(outcome));
  for (const { textSha256 } of samples) expect(textSha256).toBe(sha256('half'));
});

test('after a violation of HTTP/2 Node reads the connection no more, and its streams stall', async () => {
  const samples = await load(
    (stream) => {
      stream.head(200);
      stream.data(message('half'));
      // DATA on stream 0.
      if (stream.onConnection === 5) stream.bytes(Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]));
    },
    { idleLimitMs: 400 },
  );
  expect(countOutcomes(samples)).toEqual({ stalled: 6 });
});

test('after a GOAWAY open streams end as usual, and later ones use another connection', async () => {
  const server = await startRawHttp2((stream) => {
    stream.head(200);
    if (stream.onConnection === 0) stream.goaway(2 ** 31 - 1, 0);
    later(() => stream.data(message('all', true), true));
  });
  const samples = await loadAt(server, { thinkMs: 0, windowMs: 1000 });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.streams.length).toBe(samples.length);
  expect(new Set(server.streams.map(({ connection }) => connection)).size).toBeGreaterThan(1);
});

test('a request beyond the last stream of a GOAWAY was not processed, and is sent again', async () => {
  let refusing: number | undefined;
  const server = await startRawHttp2((stream) => {
    refusing ??= stream.connection;
    if (stream.connection !== refusing) good(stream);
    else if (stream.onConnection === 0) stream.goaway(0, 0);
  });
  const samples = await loadAt(server);
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(server.streams.length).toBeGreaterThan(6);
});

test('a server that refuses every stream with GOAWAY resets them, after two more attempts', async () => {
  const server = await startRawHttp2((stream) => stream.goaway(0, 0));
  const samples = await loadAt(server, {}, 1);
  expect(outcomesOf(samples)).toEqual(['reset: GOAWAY NO_ERROR before a response']);
  expect(server.streams).toHaveLength(3);
});

test('rejections, errors and violations are those of HTTP/1.1', async () => {
  const samples = await load((stream) => {
    const answers = [
      () => {
        stream.head(500, 'application/json');
        stream.data('{"error":"no","code":"INTERNAL","details":""}', true);
      },
      () => stream.head(404, 'text/html', true),
      () => {
        stream.head(200, 'text/html');
        stream.data('<p>', true);
      },
      () => {
        stream.head(200);
        stream.data(message('half') + errorEvent, true);
      },
      () => {
        stream.head(200);
        stream.data('data: [DONE]\n\n');
      },
      () => stream.reset(1),
    ];
    answers[stream.onConnection]?.();
  });
  expect(outcomesOf(samples).toSorted()).toEqual([
    'failed: GENERATION_ERROR',
    'malformed: data of a message',
    'rejected: content type text/html',
    'rejected: status 404',
    'rejected: status 500 INTERNAL',
    'reset: RST_STREAM PROTOCOL_ERROR before a response',
  ]);
});

test('a stream without text stalls, and is cancelled without the others', async () => {
  const server = await startRawHttp2((stream) => {
    stream.head(200);
    if (stream.onConnection === 0) return;
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      stream.data(message('more', sent === 8), sent === 8);
      if (sent === 8) clearInterval(timer);
    }, 100);
  });
  const samples = await loadAt(server, { idleLimitMs: 500 });
  expect(countOutcomes(samples)).toEqual({ stalled: 1, completed: 5 });
  expect(server.resets).toEqual([8]);
});

test('a stream that is read slowly does not hold up the others of its connection', async () => {
  const large = 'x'.repeat(60_000);
  const server = await startRawHttp2((stream) => {
    stream.head(200);
    stream.data(message(large.slice(0, 16_000)));
    later(() => stream.data(message('', true), true));
  });
  const samples = await loadAt(server, {
    readSlowly: { bytesPerSec: 20_000, probability: 1 },
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  for (const { durationMs } of samples) expect(durationMs).toBeGreaterThan(600);
});

test('over GET a stream of HTTP/2 is resumed too', async () => {
  const server = await startRawHttp2((stream) => {
    stream.head(200);
    if (server.streams.length <= 6) {
      stream.data(`retry: 10\n\n${message('half').replace(/\n\n$/, '\nid: 1\n\n')}`);
      later(() => stream.reset(2));
    } else stream.data(message(' and half', true), true);
  });
  const samples = await loadAt(server, { request: requestOf({ transport: 'get' }) });
  expect(outcomesOf(samples)).toEqual(six('completed'));
  expect(samples.map(({ reconnects }) => reconnects)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(samples[0]?.textSha256).toBe(sha256('half and half'));
});

test('headers of a connection of HTTP/1.1 are left out', async () => {
  const headers = { 'Keep-Alive': 'timeout=5', TE: 'gzip', 'Proxy-Connection': 'keep-alive' };
  const samples = await load(good, { request: requestOf({ headers }) });
  expect(outcomesOf(samples)).toEqual(six('completed'));
});
