import { createServer as createTcpServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { preflight } from './preflight.ts';
import { requestSchema, requestTemplate } from './request.ts';
import { readTargetUrl } from './target-url.ts';
import {
  chunk,
  errorEvent,
  goodStream,
  lastChunk,
  message,
  ping,
  plainAnswer,
  refusingUrl,
  startRawServer,
  streamHead,
  type RawServer,
} from './testing/raw-server.ts';

const { signal } = new AbortController();

async function ask(address: string): Promise<string | null> {
  const url = readTargetUrl(new URL(address));
  const template = requestTemplate(requestSchema.parse({}), {}, { secrets: url.secrets });
  return preflight(url, template, { insecure: false, signal }).catch((error: unknown) => {
    return error instanceof Error ? `refused: ${error.message}` : '';
  });
}

type Answer = Parameters<typeof startRawServer>[0];

async function asked(answer: Answer, look?: (server: RawServer) => void): Promise<string | null> {
  const server = await startRawServer(answer);
  const said = await ask(server.url);
  await server.deserted();
  look?.(server);
  await server.close();
  return said;
}

const sendOnce =
  (...events: string[]): Answer =>
  (_, socket) => {
    socket.write(streamHead);
    for (const event of events) socket.write(chunk(event));
    socket.write(lastChunk);
  };

test('a good stream is asked for once, under a key of its own, and left after its first event', async () => {
  const said = await asked(
    (_, socket) => {
      // The rest never comes.
      socket.write(streamHead);
      socket.write(chunk(message('a')));
    },
    (server) => {
      expect(
        server.requests.map(({ method, headers }) => [method, headers['x-rehearsal-key']]),
      ).toEqual([['POST', 'preflight']]);
    },
  );
  expect(said).toBeNull();
  expect(await asked((_, socket) => goodStream(socket))).toBeNull();
  expect(await asked(sendOnce(ping, message('', true)))).toBeNull();
});

test.each<[string, Answer, RegExp]>([
  [
    '404',
    (_, s) => s.write(plainAnswer(404, 'text/plain', 'no such\n path')),
    / answered the first request 404, text\/plain: "no such path"\n {2}Check the path\. The specified interface is POST \/api\/v1\/ai\/generate\./,
  ],
  [
    'a page of HTML',
    (_, s) => s.write(plainAnswer(200, 'text/html', '<!doctype html>')),
    / answered the first request 200, text\/html: "<!doctype html>"\n {2}A stream is wanted/,
  ],
  [
    '401',
    (_, s) => s.write(plainAnswer(401, 'application/json', '{}')),
    / 401, application\/json: "\{\}"\n {2}Give a token: --header/,
  ],
  [
    '400',
    (_, s) => s.write(plainAnswer(400, 'application/json', '{"error":"no"}')),
    /\n {2}The server does not accept the request/,
  ],
  [
    'a redirect',
    (_, s) =>
      s.write(
        'HTTP/1.1 302 Found\r\nLocation: https://h/login?code=s3cret\r\nContent-Length: 0\r\n\r\n',
      ),
    / 302\n {2}A load follows no redirect; give the URL that it leads to: https:\/\/h\/login\?code=\*\*\*\./,
  ],
  [
    'chunks of OpenAI',
    sendOnce('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', 'data: [DONE]\n\n'),
    / streams another format: "data: \{"choices"/,
  ],
  [
    'events of Anthropic',
    sendOnce(
      'event: message_start\ndata: {"type":"message_start"}\n\n',
      'event: message_stop\ndata: {}\n\n',
    ),
    / streams another format: "event: message_start/,
  ],
  [
    'bytes that are not HTTP',
    (_, s) => s.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])),
    / gave no answer: HPE_.*\n {2}This is not HTTP\/1\.1; check the port/,
  ],
  ['a connection that closes', (_, s) => s.end(), / gave no answer: ECONNRESET/],
])('%s is refused, with what came and what to do', async (_, answer, expected) => {
  const said = await asked(answer);
  expect(said).toMatch(/^refused: --target: http:\/\/127\.0\.0\.1:\d+\/api\/v1\/ai\/generate /);
  expect(said).toMatch(expected);
  expect(said).toMatch(/\n {2}--no-preflight puts the load on it all the same\.$/);
});

test.each<[string, Answer, string]>([
  [
    '429',
    (_, s) => s.write(plainAnswer(429, 'text/plain', 'slow down')),
    'answered the first request 429, text/plain: "slow down"',
  ],
  [
    '503',
    (_, s) => s.write(plainAnswer(503, 'text/html', '')),
    'answered the first request 503, text/html',
  ],
  [
    'an error event',
    sendOnce(errorEvent),
    'answered the first request with the error GENERATION_ERROR',
  ],
  ['an empty stream', sendOnce(), 'ended the first stream without an event'],
])('%s may be of this one request: the load starts', async (_, answer, seen) => {
  expect(await asked(answer)).toMatch(
    new RegExp(`^http://.* ${seen}; the load starts all the same$`),
  );
});

test('a closed port, an unknown host and TLS where there is none are refused', async () => {
  expect(await ask(await refusingUrl())).toMatch(
    / cannot be reached: ECONNREFUSED\n {2}Nothing listens there/,
  );
  expect(await ask('http://no-such-host.invalid/')).toMatch(
    / cannot be reached: (?:ENOTFOUND|EAI_AGAIN)\n/,
  );
  const closing = createTcpServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.1 400 Bad\r\n\r\n'),
  );
  await new Promise<void>((resolve) => {
    closing.listen(0, '127.0.0.1', resolve);
  });
  const { port } = closing.address() as AddressInfo;
  expect(await ask(`https://127.0.0.1:${port}/`)).toMatch(
    / cannot be reached: (?:EPROTO|ERR_SSL_\w+)\n {2}The server does not speak TLS on this port/,
  );
  closing.close();
});

test('the secrets of the URL are not said back', async () => {
  const server = await startRawServer(({ path }, socket) => {
    socket.write(plainAnswer(404, 'text/plain', `no ${path}`));
  });
  const said = await ask(`${server.url}?api_key=k3y+value`);
  await server.close();
  expect(said).toContain('generate?api_key=*** answered the first request 404');
  expect(said).toContain('"no /api/v1/ai/generate?api_key=***"');
});

test('an interruption ends it', async () => {
  const server = await startRawServer(() => undefined);
  const url = readTargetUrl(new URL(server.url));
  const controller = new AbortController();
  const template = requestTemplate(requestSchema.parse({}), {});
  const asking = preflight(url, template, { insecure: false, signal: controller.signal });
  controller.abort(new Error('interrupted'));
  await expect(asking).rejects.toThrow('interrupted');
  await server.deserted();
  await server.close();
});
