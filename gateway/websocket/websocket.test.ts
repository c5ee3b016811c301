import { request } from 'node:http';

import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import { generatePath } from '../../proto/interface.ts';
import { exchange } from '../testing/exchange.ts';
import { endCall, type AgentScript } from '../testing/scripted-agent.ts';
import { sayHello, startBefore } from '../testing/start-before.ts';

interface Seen {
  messages: string[];
  code: number;
  reason: string;
}

/** Everything that comes over a WebSocket, and how it is closed. */
function listen(url: string, first?: unknown, headers: Record<string, string> = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url.replace('http', 'ws'), { headers });
    const seen: Seen = { messages: [], code: 0, reason: '' };
    let opened = false;
    webSocket.on('open', () => {
      opened = true;
      if (first !== undefined) {
        webSocket.send(typeof first === 'string' ? first : JSON.stringify(first));
      }
    });
    webSocket.on('message', (data: Buffer) => seen.messages.push(data.toString()));
    webSocket.on('error', (error) => {
      if (!opened) reject(error);
    });
    webSocket.on('close', (code, reason) => resolve({ ...seen, code, reason: reason.toString() }));
  });
}

const requesting =
  (faults: readonly WireFault[]): AgentScript =>
  (call) => {
    const metadata = new Metadata();
    metadata.set(wireMetadata, JSON.stringify(faults));
    call.sendMetadata(metadata);
    for (const delta of ['ab', 'cd', 'ef']) call.write({ delta });
    call.write({ delta: '', isFinal: true });
    call.end();
  };

const textOf = ({ messages }: Seen) =>
  messages
    .map((message) => (/"delta":"([^"]*)"/.exec(message) ?? [])[1])
    .filter((delta) => delta !== undefined)
    .join('');

test('one JSON text message per event, with the names and data of SSE (A6)', async () => {
  const { endpoint } = await startBefore(sayHello);
  const hello = {
    messages: [
      '{"event":"message","data":{"delta":"Hello","isFinal":false}}',
      '{"event":"message","data":{"delta":"!","isFinal":true}}',
    ],
    code: 1000,
    reason: '',
  };
  expect(await listen(`${endpoint}?prompt=hello`)).toEqual(hello);
  expect(await listen(endpoint, { prompt: 'hello', model: 'm' })).toEqual(hello);
});

test('an error of the agent is an event, followed by a close code for errors', async () => {
  const { endpoint } = await startBefore((call) => {
    call.write({ delta: 'Hel' });
    endCall(call, status.INTERNAL, 'boom');
  });
  const seen = await listen(`${endpoint}?prompt=hello`);
  expect(seen.messages[0]).toBe('{"event":"message","data":{"delta":"Hel","isFinal":false}}');
  expect(seen.messages[1]).toContain('"code":"GENERATION_ERROR","details":"boom"');
  expect(seen.code).toBe(1011);
});

test.each<[string, string, unknown, string, string, number]>([
  ['no prompt', '', {}, 'INVALID_REQUEST', 'prompt: is required', 1008],
  ['no JSON', '', 'hello', 'INVALID_REQUEST', 'body: must be a JSON object with a prompt', 1008],
  ['an empty prompt', '?prompt=', undefined, 'INVALID_REQUEST', 'prompt: must not be empty', 1008],
  ['no token', '?prompt=a', undefined, 'UNAUTHENTICATED', 'a bearer token is needed', 1008],
])(
  '%s is an error event, then the connection closes',
  async (why, query, first, code, details, close) => {
    const { endpoint } = await startBefore(sayHello, why === 'no token' ? { auth: ['t'] } : {});
    const seen = await listen(endpoint + query, first);
    expect(seen.messages).toHaveLength(1);
    expect(JSON.parse(seen.messages[0] ?? '')).toMatchObject({
      event: 'error',
      data: { code, details: expect.stringContaining(details) },
    });
    expect(seen).toMatchObject({ code: close, reason: code });
  },
);

test('a token is taken from the query or the header', async () => {
  const { endpoint } = await startBefore(sayHello, { auth: ['t'] });
  expect((await listen(`${endpoint}?prompt=a&token=t`)).code).toBe(1000);
  const headers = { Authorization: 'Bearer t' };
  expect((await listen(`${endpoint}?prompt=a`, undefined, headers)).code).toBe(1000);
});

test('an overloaded agent or gateway closes with 1013, to try again later', async () => {
  const refusing = await startBefore((call) => endCall(call, status.UNAVAILABLE, 'down'));
  expect(await listen(`${refusing.endpoint}?prompt=a`)).toMatchObject({
    code: 1013,
    reason: 'AGENT_UNAVAILABLE',
  });
  const full = await startBefore((call) => void call.write({ delta: 'a' }), { maxStreams: 1 });
  const first = new WebSocket(`${full.endpoint.replace('http', 'ws')}?prompt=a`);
  await expect.poll(full.openStreams).toBe(1);
  expect(await listen(`${full.endpoint}?prompt=a`)).toMatchObject({
    code: 1013,
    reason: 'OVERLOADED',
  });
  first.terminate();
});

test('a client that closes cancels the generation; one that is gone before it was asked costs none', async () => {
  let cancelled = 0;
  let asked = 0;
  const { endpoint, openStreams } = await startBefore((call) => {
    asked += 1;
    call.once('cancelled', () => (cancelled += 1));
    call.write({ delta: 'a' });
  });
  const webSocket = new WebSocket(`${endpoint.replace('http', 'ws')}?prompt=a`);
  webSocket.once('message', () => webSocket.close());
  await expect.poll(() => [cancelled, openStreams()]).toEqual([1, 0]);
  const silent = new WebSocket(endpoint.replace('http', 'ws'));
  await new Promise((resolve) => silent.once('open', resolve));
  silent.terminate();
  await expect.poll(openStreams).toBe(0);
  expect(asked).toBe(1);
});

test('a missing or too large first message ends the connection', async () => {
  const { endpoint } = await startBefore(sayHello, { requestLimitMs: 100, bodyLimitBytes: 1000 });
  expect(await listen(endpoint)).toMatchObject({ code: 1008, reason: 'INVALID_REQUEST' });
  const large = JSON.stringify({ prompt: 'x'.repeat(2000) });
  expect(await listen(endpoint, large)).toMatchObject({ messages: [], code: 1009 });
});

test('while the agent is silent, pings are sent as events and as pings of the protocol', async () => {
  let finish = () => {};
  const { endpoint } = await startBefore(
    (call) => {
      call.sendMetadata(new Metadata());
      finish = () => {
        call.write({ delta: '', isFinal: true });
        call.end();
      };
    },
    { pingIntervalMs: 30 },
  );
  const messages: string[] = [];
  const webSocket = new WebSocket(`${endpoint.replace('http', 'ws')}?prompt=a`);
  webSocket.on('message', (data: Buffer) => messages.push(data.toString()));
  const closed = new Promise<number>((resolve) => webSocket.once('close', resolve));
  await expect.poll(() => messages[0]).toMatch(/^\{"event":"ping","data":\{"timestamp":\d+\}\}$/);
  finish();
  expect(await closed).toBe(1000);
});

test('a client that does not read pauses the agent, and loses nothing', async () => {
  let written = 0;
  const piece = 'x'.repeat(100_000);
  const { endpoint } = await startBefore((call) => {
    const write = () => {
      while (written < 200) {
        written += 1;
        if (!call.write({ delta: piece })) {
          call.once('drain', write);
          return;
        }
      }
      call.write({ delta: '', isFinal: true });
      call.end();
    };
    write();
  });
  const webSocket = new WebSocket(`${endpoint.replace('http', 'ws')}?prompt=a`);
  await new Promise((resolve) => webSocket.once('open', resolve));
  webSocket.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const still = written === before && written > 0;
        before = written;
        return still;
      },
      { timeout: 60_000, interval: 300 },
    )
    .toBe(true);
  expect(written).toBeLessThan(200);
  let length = 0;
  webSocket.on('message', (data: Buffer) => {
    // On a busy machine a ping may come between.
    length += (JSON.parse(data.toString()) as { data: { delta?: string } }).data.delta?.length ?? 0;
  });
  webSocket.resume();
  await new Promise((resolve) => webSocket.once('close', resolve));
  expect(length).toBe(200 * piece.length);
});

test('a closing gateway ends its WebSockets with an error event', async () => {
  const gateway = await startBefore((call) => void call.write({ delta: 'a' }));
  const seen = listen(`${gateway.endpoint}?prompt=a`);
  await expect.poll(gateway.openStreams).toBe(1);
  await gateway.close();
  expect((await seen).messages.at(-1)).toContain('"code":"SHUTTING_DOWN"');
});

test.each([
  ['fin', 1006],
  ['reset', 1006],
  ['end', 1000],
] as const)('a wire fault cuts it by %s', async (by, code) => {
  const cut = { fault: 'cut', by, afterChars: 4, afterMs: 0, midEvent: by === 'fin' } as const;
  const { endpoint } = await startBefore(requesting([cut]), {
    wireFaults: true,
    pushIntervalMs: 1,
  });
  const seen = await listen(`${endpoint}?prompt=a`);
  expect(textOf(seen)).toBe('abcd');
  expect(seen.code).toBe(code);
});

test('wire faults strike single events, and a status is an event', async () => {
  const twice = { fault: 'event', how: 'duplicated', fromChar: 2, toChar: 4 } as const;
  const first = await startBefore(requesting([twice]), { wireFaults: true });
  expect(textOf(await listen(`${first.endpoint}?prompt=a`))).toBe('abcdcdef');
  const busy = { fault: 'status', status: 429, body: 'json' } as const;
  const second = await startBefore(requesting([busy]), { wireFaults: true });
  expect(await listen(`${second.endpoint}?prompt=a`)).toMatchObject({
    code: 1013,
    reason: 'RATE_LIMITED',
  });
});

test('a WebSocket at another path is a 404', async () => {
  const { url } = await startBefore(sayHello);
  await expect(listen(`${url}/other`)).rejects.toThrow('Unexpected server response: 404');
  const answer = await exchange(
    url,
    'GET /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  expect(answer).toContain(`path: /v1/chat/completions has no WebSocket; ${generatePath} has one`);
});

test('an offer of HTTP/2 is ignored, and the request is served normally', async () => {
  const { url } = await startBefore(sayHello, { eventIds: false });
  const body = '{"prompt":"hello"}';
  const offer =
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const posted = await exchange(
    url,
    `POST ${generatePath} HTTP/1.1\r\nHost: x\r\n${offer}Content-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}` +
      `GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  );
  expect(posted).toContain('HTTP/1.1 200 OK');
  expect(posted).toContain('"delta":"!","isFinal":true');
  expect(posted).toContain('HTTP/1.1 404 Not Found');
});

test.each([
  ['websocket', 2],
  ['h2c', 3],
])(
  'an offer of %s after an unanswered request does not interrupt its response',
  async (protocol, responses) => {
    const { url } = await startBefore(
      (call) => {
        call.write({ delta: 'Hel' });
        setTimeout(() => {
          call.write({ delta: 'lo', isFinal: true });
          call.end();
        }, 100);
      },
      { eventIds: false },
    );
    const offer = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
    const received = await exchange(
      url,
      `GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n` +
        `GET ${generatePath}?prompt=b HTTP/1.1\r\nHost: x\r\n${offer}\r\n` +
        // After a response to h2c; a refused WebSocket ends the connection before it.
        `GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 .*"isFinal":true.*\r\n0\r\n\r\nHTTP\/1\.1 /s);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(responses);
  },
);

test('an invalid WebSocket upgrade is refused', async () => {
  const { url, endpoint } = await startBefore(sayHello);
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '7' };
    const asked = request(url + generatePath, { headers }, ({ statusCode, socket }) => {
      socket.destroy();
      resolve(statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
  expect(answer).toBe(400);
  expect((await listen(`${endpoint}?prompt=a`)).code).toBe(1000);
});
