import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';

import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { generatePath } from '../../proto/interface.ts';
import { frameOf, preface, settingsOf } from '../../proto/testing/http2-bytes.ts';
import { textOf } from '../testing/faulty-agent.ts';
import { keepLog } from '../testing/keep-log.ts';
import { askHttp2, connectHttp2, startHttps } from '../testing/http2-client.ts';
import { endCall } from '../testing/scripted-agent.ts';
import { sayHello, startBefore } from '../testing/start-before.ts';

const target = `${generatePath}?prompt=a`;

/** Connects with TLS for HTTP/2, to write frames by hand. */
async function dialHttp2(url: string, ca: string) {
  const { port } = new URL(url);
  const socket = connectTls({
    port: Number(port),
    host: '127.0.0.1',
    ca,
    ALPNProtocols: ['h2'],
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

test('a stream over HTTP/2 has the specified headers but that of the connection', async () => {
  const { url, ca } = await startHttps(sayHello);
  const { status: code, headers, body, ending } = await askHttp2(connectHttp2(url, ca), target);
  expect(code).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    'access-control-allow-origin': '*',
  });
  expect(headers).not.toHaveProperty('connection');
  expect(textOf(body)).toBe('Hello!');
  expect(ending).toBe('end');
});

test('a POST, a page of errors and unknown paths are answered as over HTTP/1.1', async () => {
  const { url, ca } = await startHttps(sayHello);
  const session = connectHttp2(url, ca);
  const asked = await askHttp2(session, generatePath, { body: '{"prompt":"a"}' });
  expect(textOf(asked.body)).toBe('Hello!');
  const wrong = [
    [{ body: '{' }, 400, 'INVALID_REQUEST'],
    [{ body: '{"prompt":"a"}', 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ body: JSON.stringify({ prompt: 'a'.repeat(2_000_000) }) }, 413, 'PAYLOAD_TOO_LARGE'],
    [{ ':method': 'HEAD' }, 405, ''],
    [{ ':method': 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
    [{ ':path': '/none' }, 404, 'NOT_FOUND'],
    [{ ':path': `${target}${'b'.repeat(20_000)}` }, 414, 'INVALID_REQUEST'],
    [{ host: 'other' }, 400, 'INVALID_REQUEST'],
  ] as const;
  for (const [headers, code, name] of wrong) {
    const answer = await askHttp2(session, generatePath, { ...headers });
    expect([answer.status, answer.body]).toEqual([code, expect.stringContaining(name)]);
  }
  expect((await askHttp2(session, '/healthz')).status).toBe(200);
});

test('CONNECT is refused as over HTTP/1.1', async () => {
  const { url, ca } = await startHttps(sayHello);
  const stream = connectHttp2(url, ca).request({ ':method': 'CONNECT', ':authority': 'a:80' });
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(405);
});

test('an error of the agent is an HTTP error before the stream, and an event within it', async () => {
  const { url, ca } = await startHttps((call) => {
    if (call.request.prompt === 'a') endCall(call, status.RESOURCE_EXHAUSTED, 'no more');
    else {
      call.write({ delta: 'text' });
      endCall(call, status.INTERNAL, 'broken');
    }
  });
  const session = connectHttp2(url, ca);
  expect(await askHttp2(session, target)).toMatchObject({ status: 429 });
  const { body, ending } = await askHttp2(session, `${generatePath}?prompt=b`);
  expect(body).toContain('event: error\n');
  expect(ending).toBe('end');
});

test('a body that does not end is refused with 408, and its stream ends', async () => {
  const { url, ca } = await startHttps(sayHello, { requestLimitMs: 1000 });
  const session = connectHttp2(url, ca);
  const stream = session.request({
    ':path': generatePath,
    ':method': 'POST',
    'content-type': 'application/json',
  });
  stream.on('error', () => {}).write('{"prompt"');
  const closed = once(stream, 'close');
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(408);
  expect(JSON.parse(await bodyOf(stream))).toMatchObject({
    details: 'request: did not arrive in time',
  });
  await closed;
  expect((await askHttp2(session, target)).status).toBe(200);
});

async function bodyOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const part of stream) text += String(part);
  return text;
}

test('a connection without a request is ended, also one whose headers never end', async () => {
  const { url, ca } = await startHttps(sayHello, { requestLimitMs: 1000 });
  const silent = await dialHttp2(url, ca);
  const slow = await dialHttp2(url, ca);
  silent.resume();
  slow.resume();
  // HEADERS of a stream, without END_HEADERS: the rest would have to follow.
  slow.write(Buffer.concat([preface, settingsOf(), frameOf(1, 0, 1, Buffer.from([0x82]))]));
  const trickle = setInterval(() => slow.write(frameOf(9, 0, 1, Buffer.from([0x84]))), 100);
  onTestFinished(() => clearInterval(trickle));
  await Promise.all([once(silent, 'close'), once(slow, 'close')]);
  expect([silent.destroyed, slow.destroyed]).toEqual([true, true]);
});

test('headers above the limit are refused with 431', async () => {
  const { url, ca } = await startHttps(sayHello);
  const session = connectHttp2(url, ca);
  const ask = (length: number) => askHttp2(session, target, { 'x-long': 'a'.repeat(length) });
  expect(await ask(33_000)).toMatchObject({
    status: 431,
    body: expect.stringContaining('must not exceed 32 KiB together'),
  });
  expect((await ask(20_000)).status).toBe(200);
});

test('a client that expects 100-continue, and resets with the same bytes, harms nobody', async () => {
  const { url, ca } = await startHttps(sayHello);
  const session = connectHttp2(url, ca);
  for (let count = 0; count < 20; count += 1) {
    const stream = session.request({
      ':path': generatePath,
      ':method': 'POST',
      expect: '100-continue',
      'content-type': 'application/json',
    });
    stream.on('error', () => {});
    stream.close(8);
  }
  const waited = session.request({
    ':path': generatePath,
    ':method': 'POST',
    expect: '100-continue',
    'content-type': 'application/json',
  });
  await once(waited, 'continue');
  waited.end('{"prompt":"a"}');
  expect(textOf(await bodyOf(waited.setEncoding('utf8')))).toBe('Hello!');
});

test('a client without TLS gets a 400 that says so, and the log says once per cause why clients fail to connect', async () => {
  const { log, entries } = keepLog('warn');
  const { url } = await startHttps(sayHello, {}, log);
  const port = Number(new URL(url).port);
  for (let count = 0; count < 3; count += 1) {
    const plain = connectTcp(port, '127.0.0.1').on('error', () => {});
    let answer = '';
    plain.setEncoding('utf8').on('data', (part: string) => (answer += part));
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await once(plain, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request.*this port has HTTPS; write https:/s);
  }
  const stranger = connectTls({ port, host: '127.0.0.1' });
  await once(stranger, 'close').catch(() => {});
  await expect
    .poll(entries)
    .toMatchObject([
      { msg: 'a client failed to connect: it does not speak TLS' },
      { msg: expect.stringMatching("connect: it (refuses|closed).*the gateway's certificate$") },
    ]);
});

test('the start warns of an expired certificate', async () => {
  const { log, entries } = keepLog('warn');
  const authority = await createAuthority();
  const { cert, key } = await writeFiles({ ...(await authority.issue({ days: -1 })) });
  await startBefore(sayHello, { tlsCert: cert, tlsKey: key }, log);
  expect(entries()).toMatchObject([
    {
      msg: expect.stringMatching(
        /^--tls-cert: .* has expired on \d{4}-\d\d-\d\d; clients refuse it$/,
      ),
    },
  ]);
});
