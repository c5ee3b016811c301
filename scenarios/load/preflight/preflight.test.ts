import { createServer as createTcpServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { dialectNames, type DialectName } from '../../../proto/dialects/dialect.ts';
import { preflight } from './preflight.ts';
import { requestSchema, requestTemplate } from '../request.ts';
import { readTargetUrl } from '../target/target-url.ts';
import { startRawHttp2 } from '../testing/raw-http2.ts';
import { selfSigned } from '../testing/self-signed.ts';
import { startRawWebSockets } from '../testing/raw-websocket.ts';
import { trustAlso, usualTrust } from '../target/trust.ts';
import { providerStreams } from '../testing/provider-streams.ts';
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
} from '../testing/raw-server.ts';

const { signal } = new AbortController();

async function outcomeAt(address: string, dialect?: DialectName): Promise<string | null> {
  const url = readTargetUrl(new URL(address));
  const template = requestTemplate(requestSchema.parse({ dialect }), {}, { secrets: url.secrets });
  return preflight(url, template, { trust: usualTrust, signal }).catch((error: unknown) => {
    return error instanceof Error ? `refused: ${error.message}` : '';
  });
}

type Respond = Parameters<typeof startRawServer>[0];

async function outcomeOf(
  answer: Respond,
  look?: (server: RawServer) => void,
): Promise<string | null> {
  const server = await startRawServer(answer);
  const outcome = await outcomeAt(server.url);
  await server.deserted();
  look?.(server);
  return outcome;
}

const sendOnce =
  (...events: string[]): Respond =>
  (_, socket) => {
    socket.write(streamHead);
    for (const event of events) socket.write(chunk(event));
    socket.write(lastChunk);
  };

test('over GET the first request is a GET, and a path that only takes POST is refused', async () => {
  const template = requestTemplate(requestSchema.parse({ transport: 'get' }), {});
  const server = await startRawServer(({ method }, socket) => {
    socket.write(plainAnswer(method === 'GET' ? 405 : 200, 'text/plain', 'no'));
  });
  await expect(
    preflight(readTargetUrl(new URL(server.url)), template, { trust: usualTrust, signal }),
  ).rejects.toThrow('The specified interface is GET /api/v1/ai/generate.');
  expect(server.requests[0]?.path).toContain('?stream=true&prompt=');
});

test('over WebSocket the first event ends the first request, and what is no WebSocket is refused', async () => {
  const template = requestTemplate(requestSchema.parse({ transport: 'websocket' }), {});
  const outcome = async (server: RawServer) => {
    const url = readTargetUrl(new URL(server.url));
    const found = await preflight(url, template, { trust: usualTrust, signal }).catch(String);
    await server.deserted();
    return found;
  };
  const good = await startRawWebSockets(({ event }) => event('ping', { timestamp: 1 }));
  expect(await outcome(good)).toBeNull();
  expect(good.requests[0]?.headers).toMatchObject({ 'x-rehearsal-key': 'preflight' });
  const failing = await startRawWebSockets(({ event }) => event('error', { error: '', code: 'X' }));
  expect(await outcome(failing)).toContain('responded to the first request with the error X');
  const other = await startRawWebSockets(({ frame }) => frame('{"text":"hi"}'));
  expect(await outcome(other)).toContain('streams another format: "{"text":"hi"}"');
  const closing = await startRawWebSockets(({ close }) => close(1000));
  expect(await outcome(closing)).toContain('ended the first stream without an event');
  const page = plainAnswer(404, 'text/html', '<p>');
  expect(await outcome(await startRawServer((_, socket) => socket.write(page)))).toContain(
    'Check the path. The specified interface is a WebSocket at /api/v1/ai/generate.',
  );
  const sse = await startRawServer((_, socket) => goodStream(socket));
  expect(await outcome(sse)).toContain('The response must be an upgrade (101).');
});

test('a target that chooses HTTP/2 gets its first request over it, and its certificate is checked', async () => {
  const answers = [message('hi'), ''];
  const server = await startRawHttp2((stream) => {
    stream.head(answers.length === 2 ? 200 : 404, answers.length === 2 ? undefined : 'text/html');
    stream.data(answers.shift() ?? '', false);
  });
  const url = readTargetUrl(new URL(server.url));
  const template = requestTemplate(requestSchema.parse({}), {});
  const trust = trustAlso(selfSigned.cert);
  expect(await preflight(url, template, { trust, signal })).toBeNull();
  await expect(preflight(url, template, { trust, signal })).rejects.toThrow(
    'responded to the first request with 404, text/html',
  );
  await expect(preflight(url, template, { trust: usualTrust, signal })).rejects.toThrow(
    'cannot be reached: its certificate is signed by itself and not by an authority',
  );
  expect(server.streams).toHaveLength(2);
});

test('a good stream is requested once, with a key of its own, and left after its first event', async () => {
  const outcome = await outcomeOf(
    (_, socket) => {
      // No further event follows.
      socket.write(streamHead);
      socket.write(chunk(message('a')));
    },
    (server) => {
      expect(
        server.requests.map(({ method, headers }) => [method, headers['x-rehearsal-key']]),
      ).toEqual([['POST', 'preflight']]);
    },
  );
  expect(outcome).toBeNull();
  expect(await outcomeOf((_, socket) => goodStream(socket))).toBeNull();
  expect(await outcomeOf(sendOnce(ping, message('', true)))).toBeNull();
});

test.each<[string, Respond, RegExp]>([
  [
    '404',
    (_, s) => s.write(plainAnswer(404, 'text/plain', 'no such\n path')),
    / responded to the first request with 404, text\/plain: "no such path"\n {2}Check the path\. The specified interface is POST \/api\/v1\/ai\/generate\./,
  ],
  [
    'a page of HTML',
    (_, s) => s.write(plainAnswer(200, 'text/html', '<!doctype html>')),
    / responded to the first request with 200, text\/html: "<!doctype html>"\n {2}This is an HTML page\. The response must be text\/event-stream/,
  ],
  [
    '401',
    (_, s) => s.write(plainAnswer(401, 'application/json', '{}')),
    / 401, application\/json: "\{\}"\n {2}Send a token: --header/,
  ],
  [
    '400',
    (_, s) => s.write(plainAnswer(400, 'application/json', '{"error":"no"}')),
    /\n {2}The server rejects the request/,
  ],
  [
    'a redirect',
    (_, s) =>
      s.write(
        'HTTP/1.1 302 Found\r\nLocation: https://h/login?code=s3cret\r\nContent-Length: 0\r\n\r\n',
      ),
    / 302\n {2}A load follows no redirect; write the URL that it leads to: https:\/\/h\/login\?code=\*\*\*\./,
  ],
  [
    'chunks of OpenAI',
    sendOnce('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', 'data: [DONE]\n\n'),
    / answers in OpenAI chat format: --dialect openai-chat, or load\.request\.dialect: openai-chat/,
  ],
  [
    'events of Anthropic',
    sendOnce(
      'event: message_start\ndata: {"type":"message_start"}\n\n',
      'event: message_stop\ndata: {}\n\n',
    ),
    / answers in Anthropic Messages format: --dialect anthropic-messages,/,
  ],
  [
    'a stream of something else',
    sendOnce('event: message\ndata: {"text":"a"}\n\n'),
    / streams another format: "event: message/,
  ],
  [
    'JSON',
    (_, s) => s.write(plainAnswer(200, 'application/json', '{"text":"all of it"}')),
    /\n {2}This is JSON in one piece\. The response must be text\/event-stream/,
  ],
  [
    'NDJSON that does not end',
    (_, s) => {
      s.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      s.write(chunk('{"message":{"content":"a"},"done":false}\n{"message":'));
    },
    /\n {2}This is NDJSON, one object a line\. /,
  ],
  [
    'an error in the words of Anthropic',
    (_, s) =>
      s.write(
        plainAnswer(
          400,
          'application/json',
          '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens"}}',
        ),
      ),
    / 400, .*; it answers in Anthropic Messages format: --dialect anthropic-messages,/,
  ],
  [
    'bytes that are not HTTP',
    (_, s) => s.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])),
    / sent no HTTP response: HPE_.*\n {2}This is not HTTP\/1\.1; check the port/,
  ],
  ['a connection that closes', (_, s) => s.end(), / sent no HTTP response: ECONNRESET/],
])('%s is refused, with an excerpt of the response and advice', async (_, answer, expected) => {
  const outcome = await outcomeOf(answer);
  expect(outcome).toMatch(/^refused: --target: http:\/\/127\.0\.0\.1:\d+\/api\/v1\/ai\/generate /);
  expect(outcome).toMatch(expected);
  expect(outcome).toMatch(/\n {2}--no-preflight starts the load all the same\.$/);
});

const otherStreams = dialectNames.flatMap((name) =>
  [undefined, ...dialectNames]
    .filter((other) => other !== name)
    .map((other) => [name, other] as const),
);

test.each(otherStreams)('a stream of %s is named to a load of %s', async (name, other) => {
  const { opening, path } = providerStreams[name];
  // It neither goes on nor ends.
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead);
    socket.write(chunk(opening));
  });
  const outcome = await outcomeAt(new URL('/v2/generate', server.url).href, other);
  expect(outcome).toContain(
    `: --dialect ${name}, or load.request.dialect: ${name} in the scenario`,
  );
  await server.deserted();
  // To a request of the specified format its path answers with an error.
  const refusing = await startRawServer((_, s) => s.write(plainAnswer(400, 'text/plain', 'no')));
  expect(await outcomeAt(new URL(path, refusing.url).href, other)).toContain(
    `: --dialect ${name},`,
  );
});

test.each(dialectNames)('a stream of %s is accepted by its own load', async (name) => {
  const { opening, error, errorDetail } = providerStreams[name];
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead);
    socket.write(chunk(opening));
  });
  expect(await outcomeAt(server.url, name)).toBeNull();
  await server.deserted();
  const failing = await startRawServer((_, socket) => {
    socket.write(streamHead);
    socket.write(chunk(error));
  });
  expect(await outcomeAt(failing.url, name)).toContain(`with the error ${errorDetail}`);
  const specified = await startRawServer((_, socket) => goodStream(socket));
  expect(await outcomeAt(specified.url, name)).toMatch(
    / answers in the specified format: leave out --dialect and load\.request\.dialect\n/,
  );
});

test.each<[string, Respond, string]>([
  [
    '429',
    (_, s) => s.write(plainAnswer(429, 'text/plain', 'slow down')),
    'responded to the first request with 429, text/plain: "slow down"',
  ],
  [
    '503',
    (_, s) => s.write(plainAnswer(503, 'text/html', '')),
    'responded to the first request with 503, text/html',
  ],
  [
    'an error event',
    sendOnce(errorEvent),
    'responded to the first request with the error GENERATION_ERROR',
  ],
  ['an empty stream', sendOnce(), 'ended the first stream without an event'],
])('%s may be temporary, so the load starts', async (_, answer, finding) => {
  expect(await outcomeOf(answer)).toMatch(new RegExp(`^http://.* ${finding}$`));
});

test('a closed port, an unknown host and a server without TLS are refused', async () => {
  expect(await outcomeAt(await refusingUrl())).toMatch(
    / cannot be reached: ECONNREFUSED\n {2}Nothing listens there/,
  );
  expect(await outcomeAt('http://no-such-host.invalid/')).toMatch(
    / cannot be reached: (?:ENOTFOUND|EAI_AGAIN)\n/,
  );
  const closing = createTcpServer((socket) =>
    socket.on('error', () => {}).end('HTTP/1.1 400 Bad\r\n\r\n'),
  );
  await new Promise<void>((resolve) => {
    closing.listen(0, '127.0.0.1', resolve);
  });
  const { port } = closing.address() as AddressInfo;
  expect(await outcomeAt(`https://127.0.0.1:${port}/`)).toMatch(
    / cannot be reached: it does not speak TLS on this port \((?:EPROTO|ERR_SSL_\w+)\)\n {2}Write http:/,
  );
  closing.close();
});

test('the secrets of the URL are masked in the message', async () => {
  const server = await startRawServer(({ path }, socket) => {
    socket.write(plainAnswer(404, 'text/plain', `no ${path}`));
  });
  const outcome = await outcomeAt(`${server.url}?api_key=k3y+value`);
  expect(outcome).toContain('generate?api_key=*** responded to the first request with 404');
  expect(outcome).toContain('"no /api/v1/ai/generate?api_key=***"');
});

test('an abort ends the preflight', async () => {
  const server = await startRawServer(() => undefined);
  const url = readTargetUrl(new URL(server.url));
  const controller = new AbortController();
  const template = requestTemplate(requestSchema.parse({}), {});
  const pending = preflight(url, template, { trust: usualTrust, signal: controller.signal });
  controller.abort(new Error('interrupted'));
  await expect(pending).rejects.toThrow('interrupted');
  await server.deserted();
});
