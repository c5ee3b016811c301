import { expect, test } from 'vitest';

import { isConnected } from '../../../reports/sample.ts';
import { countOutcomes, detailsOf, sixStreams } from '../testing/load-runs.ts';
import { chunk, lastChunk, message, plainAnswer, streamHead } from '../testing/raw-server.ts';

test('a response with another status is rejected, with the code of its error if it has one', async () => {
  const ours = '{"error":"no","code":"AGENT_UNAVAILABLE","details":""}';
  const samples = await sixStreams(({ slot }, socket) => {
    if (slot < 2) socket.write(plainAnswer(500, 'application/json', ours));
    else if (slot < 4) socket.write(plainAnswer(429, 'text/plain', 'slow down'));
    else socket.write(plainAnswer(503, 'text/event-stream', ''));
  });
  expect(countOutcomes(samples)).toEqual({ rejected: 6 });
  expect(samples.map(({ detail }) => detail)).toEqual([
    'status 500 AGENT_UNAVAILABLE',
    'status 500 AGENT_UNAVAILABLE',
    'status 429',
    'status 429',
    'status 503',
    'status 503',
  ]);
});

test('a 200 with another content type is rejected', async () => {
  const samples = await sixStreams(({ slot }, socket) => {
    if (slot < 3) socket.write(plainAnswer(200, 'application/json', '{"text":"all at once"}'));
    else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  expect(countOutcomes(samples)).toEqual({ rejected: 6 });
  expect(samples.map(({ detail }) => detail)).toEqual([
    ...Array<string>(3).fill('content type application/json'),
    ...Array<string>(3).fill('content type missing'),
  ]);
});

test('a rejection stays one if its body is broken, endless or very large', async () => {
  const head = 'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n';
  const samples = await sixStreams(
    ({ slot }, socket) => {
      if (slot < 2) socket.write(`${head}Content-Length: 100\r\n\r\nhalf`);
      else if (slot < 4) socket.end(`${head}Content-Length: 100\r\n\r\nhalf`);
      else socket.write(`${head}Content-Length: 10000000\r\n\r\n${'x'.repeat(50_000)}`);
    },
    { idleLimitMs: 300 },
  );
  expect(countOutcomes(samples)).toEqual({ rejected: 6 });
  expect(detailsOf(samples)).toEqual(['status 502']);
});

test('a stream with a charset is read to its end, but does not count as connected (E2)', async () => {
  const samples = await sixStreams((_, socket) => {
    socket.write(streamHead.replace('event-stream', 'event-stream; charset=utf-8'));
    socket.write(chunk(message('all', true)));
    socket.write(lastChunk);
  });
  expect(countOutcomes(samples)).toEqual({ completed: 6 });
  expect(samples.map((sample) => isConnected(sample))).toEqual(Array(6).fill(false));
  expect(samples.map(({ contentType }) => contentType)).toEqual(
    Array(6).fill('text/event-stream; charset=utf-8'),
  );
});
