import { expect, onTestFinished, test } from 'vitest';

import { targetOf } from '../target/target-of.ts';
import { trust } from '../testing/http2-loads.ts';
import { startRawHttp2, type RawStream } from '../testing/raw-http2.ts';
import { clientOpener } from './open-client.ts';

const all = 2 ** 31 - 1;

/** Returns a function that sends a request over connections that all requests share. */
function connectTo(url: string) {
  const target = targetOf(new URL(url), 'POST', trust);
  const openClient = clientOpener(target, { transport: 'post', httpVersion: '2' });
  return (onHead = () => {}) =>
    new Promise<string>((resolve) => {
      const client = openClient({
        connected: () => {},
        head: onHead,
        body: () => {},
        complete: () => resolve('complete'),
        lost: (loss) => resolve(loss.kind === 'broken' ? loss.code : loss.kind),
      });
      onTestFinished(() => client.close());
      client.send({ path: '/', headers: {}, body: '{}' });
    });
}

test('a request that is not yet written when a GOAWAY is read is sent on another connection', async () => {
  const streams: RawStream[] = [];
  const server = await startRawHttp2((stream) => {
    streams.push(stream);
    stream.head(200, 'text/event-stream', streams.length > 1);
  });
  const send = connectTo(server.url);
  let ended: Promise<string> | undefined;
  await new Promise<void>((resolve) => {
    ended = send(resolve);
  });
  const late = await new Promise<string>((resolve) => {
    // Node writes requests of a timer after the next read.
    setTimeout(() => {
      streams[0]?.goaway(all, 0);
      void send().then(resolve);
    });
  });
  expect(late).toBe('complete');
  expect(server.connections()).toBe(2);
  streams[0]?.data('', true);
  expect(await ended).toBe('complete');
});

test.each<[string, (stream: RawStream) => void, string]>([
  ['before a response is sent again', () => {}, 'complete'],
  ['after a head is reset', (stream) => stream.head(200), 'RST_STREAM REFUSED_STREAM'],
])('a request that the server refuses after a GOAWAY, %s', async (_, answer, outcome) => {
  const server = await startRawHttp2((stream) => {
    if (stream.connection > 0) stream.head(200, 'text/event-stream', true);
    else {
      answer(stream);
      stream.goaway(all, 0);
      stream.reset(7);
    }
  });
  expect(await connectTo(server.url)()).toBe(outcome);
});

test('a request that the server refuses without a GOAWAY is reset', async () => {
  const server = await startRawHttp2((stream) => stream.reset(7));
  expect(await connectTo(server.url)()).toBe('RST_STREAM REFUSED_STREAM');
  expect(server.streams).toHaveLength(1);
});
