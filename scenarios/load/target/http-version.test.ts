import { once } from 'node:events';
import { createSecureServer } from 'node:http2';

import { expect, onTestFinished, test } from 'vitest';

import { loadSchema } from '../profile/profile.ts';
import { runLoad } from '../run-load.ts';
import { countOutcomes, detailsOf, oneEach } from '../testing/load-runs.ts';
import { startRawHttp2 } from '../testing/raw-http2.ts';
import { errorEvent, message } from '../testing/raw-server.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { trustAlso } from './trust.ts';

const trust = trustAlso(selfSigned.cert);

const requestOf = (request: object) => loadSchema.parse({ request }).request;

test.each([{}, { transport: 'get' }, { transport: 'websocket' }, { httpVersion: 1.1 }])(
  'a certificate that is not trusted refuses every stream, and nothing is sent: %j',
  async (request) => {
    const received: unknown[] = [];
    const server = createSecureServer({ ...selfSigned, allowHTTP1: true }, ({ url }) => {
      received.push(url);
    });
    server.on('upgrade', ({ url }) => received.push(url));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const profile = oneEach(2, { request: requestOf(request) });
    const { samples } = await runLoad({ url: `https://localhost:${port}/`, profile });
    expect(countOutcomes(samples)).toEqual({ refused: 2 });
    expect(detailsOf(samples)).toEqual(['DEPTH_ZERO_SELF_SIGNED_CERT']);
    expect(received).toEqual([]);
  },
);

test('httpVersion keeps a load on HTTP/1.1, or refuses a target without HTTP/2', async () => {
  const both = await startRawHttp2((stream) => stream.reset(2), { protocols: ['h2', 'http/1.1'] });
  const only1 = oneEach(1, { request: requestOf({ httpVersion: 1.1 }), idleLimitMs: 200 });
  const held = await runLoad({ url: both.url, profile: only1, trust });
  expect(held.httpVersion).toBe('1.1');
  expect(both.streams).toEqual([]);
  const old = await startRawHttp2(() => undefined, { protocols: ['http/1.1'] });
  const only2 = oneEach(1, { request: requestOf({ httpVersion: 2 }) });
  await expect(runLoad({ url: old.url, profile: only2, trust })).rejects.toThrow(
    'load.request.httpVersion: 2: the target chose HTTP/1.1 (ALPN)',
  );
  await expect(runLoad({ url: 'http://127.0.0.1:1/', profile: only2 })).rejects.toThrow(
    'load.request.httpVersion: 2: the target has http:',
  );
});

test('both engines see the same streams of a server that speaks both versions', async () => {
  const kinds = [
    { status: 200, type: 'text/event-stream', body: message('all', true) },
    { status: 200, type: 'text/event-stream', body: message('half') },
    { status: 200, type: 'text/event-stream', body: message('half') + errorEvent },
    { status: 200, type: 'text/event-stream', body: 'data: [DONE]\n\n' },
    { status: 200, type: 'text/html', body: '<p>' },
    { status: 503, type: 'application/json', body: '{"code":"OVERLOADED"}' },
  ];
  const versions: string[] = [];
  const server = createSecureServer({ ...selfSigned, allowHTTP1: true }, (request, response) => {
    const { socket } = request;
    versions.push(`${request.httpVersion} by ${Reflect.get(socket, 'alpnProtocol')}`);
    const slot = Number(String(request.headers['x-rehearsal-key']).split('-')[1]);
    const { status = 0, type = '', body = '' } = kinds[slot] ?? {};
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const seen = async (httpVersion: 1.1 | 2) => {
    const { samples } = await runLoad({
      url: `https://localhost:${port}/`,
      profile: oneEach(6, { request: requestOf({ httpVersion }) }),
      trust,
    });
    return samples
      .toSorted((a, b) => a.slot - b.slot)
      .map(({ key, status, contentType, messages, outcome, detail, textSha256, arrivals }) => ({
        stream: { key, status, contentType, messages, outcome, detail, textSha256 },
        chars: arrivals.map(({ chars }) => chars),
      }));
  };
  const http1 = await seen(1.1);
  expect(http1.map(({ stream }) => stream.outcome)).toEqual([
    'completed',
    'cut',
    'failed',
    'malformed',
    'rejected',
    'rejected',
  ]);
  expect(await seen(2)).toEqual(http1);
  expect(versions).toEqual([
    ...Array<string>(6).fill('1.1 by http/1.1'),
    ...Array<string>(6).fill('2.0 by h2'),
  ]);
});

test('an id beyond Latin-1 is sent back in UTF-8, over both versions', async () => {
  const ids: unknown[] = [];
  const server = createSecureServer({ ...selfSigned, allowHTTP1: true }, (request, response) => {
    const id = request.headers['last-event-id'];
    if (typeof id === 'string') ids.push(Buffer.from(id, 'latin1').toString());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const first = message('half').replace(/\n\n$/, '\nid: 1~写\nretry: 10\n\n');
    response.end(id === undefined ? first : message(' more', true));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const httpVersion of [1.1, 2]) {
    const request = requestOf({ transport: 'get', httpVersion });
    const profile = oneEach(1, { request });
    const { samples } = await runLoad({ url: `https://localhost:${port}/`, profile, trust });
    expect(countOutcomes(samples)).toEqual({ completed: 1 });
  }
  expect(ids).toEqual(['1~写', '1~写']);
});
