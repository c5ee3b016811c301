import { connect } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { keepLog } from '../testing/keep-log.ts';
import { readAnswers } from '../testing/read-answers.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { sayHello, startBefore } from '../testing/start-before.ts';

const target = `${generatePath}?prompt=a`;
const good = `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
const handshake = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n');

/** Sends bytes and waits for so many whole answers. */
async function answersTo(url: string, bytes: string, count: number) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
  onTestFinished(() => void socket.destroy());
  let received = '';
  let ended = false;
  socket.on('data', (part) => (received += part.toString('latin1')));
  socket.on('close', () => (ended = true));
  const read = () => readAnswers(received, { noBody: false, ended }).answers;
  await expect.poll(() => read().length).toBe(count);
  return read();
}

const get = (...headers: string[]) =>
  `GET ${target} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`;
const post = (...headers: string[]) =>
  get('Host: x', 'Content-Type: application/json', ...headers).replace('GET', 'POST') + '{}';

const noHttp = 'request: is not valid HTTP; percent-encode characters beyond ASCII in its URL';
const badHost = 'header Host: must be a name or an address, with or without a port';

/** RFC 9112, by its sections. */
const bad: [why: string, bytes: string, status: number, details: string][] = [
  ['no Host (3.2)', get(), 400, 'header Host: is required'],
  ['two Hosts (3.2)', get('Host: x', 'host: x'), 400, 'header Host: must be given once'],
  [
    'two Hosts in HTTP/1.0',
    get('Host: x', 'Host: y').replace('/1.1', '/1.0'),
    400,
    'must be given',
  ],
  ['an empty Host (3.2)', get('Host:'), 400, badHost],
  ['a Host with a space (3.2)', get('Host: a b'), 400, badHost],
  ['a Host with a path (3.2)', get('Host: a/b'), 400, badHost],
  ['a Host with a user (3.2)', get('Host: a@b'), 400, badHost],
  ['a whole URL and no Host (3.2)', get().replace(' /', ' http://x/'), 400, 'header Host: is req'],
  ['a URL with a user (3.2.2)', get('Host: x').replace(' /', ' http://a@x/'), 400, 'its URL'],
  ['CONNECT (3.2.3)', 'CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n', 405, 'method: CONNECT'],
  ['GET * (3.2.4)', 'GET * HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'the target * is for OPTIONS'],
  ['a handshake without Host', get(handshake), 400, 'header Host: is required'],
  ['an offer of HTTP/2 without Host', get('Connection: Upgrade', 'Upgrade: h2c'), 400, 'Host'],
  ['bare line feeds (2.2)', get('Host: x').replaceAll('\r', ''), 400, noHttp],
  ['a bare carriage return (2.2)', get('Host: x', 'A: b\rc'), 400, noHttp],
  ['a space before the first header (2.2)', get(' Host: x'), 400, noHttp],
  ['a space before a colon (5.1)', get('Host : x'), 400, noHttp],
  ['a folded header (5.2)', get('Host: x', 'A: b\r\n c'), 400, noHttp],
  ['a NUL in a header', get('Host: x', 'A: b\0c'), 400, noHttp],
  ['two lengths (6.3)', post('Content-Length: 2', 'Content-Length: 3'), 400, noHttp],
  ['a length with a sign (6.3)', post('Content-Length: +2'), 400, noHttp],
  [
    'a length and chunks (6.1)',
    post('Content-Length: 2', 'Transfer-Encoding: chunked'),
    400,
    noHttp,
  ],
  ['an encoding that does not end in chunks (6.1)', post('Transfer-Encoding: gzip'), 400, noHttp],
];

test.each(bad)('%s is refused, and logged', async (_, bytes, status, details) => {
  const { log, entries } = keepLog('info');
  const { url } = await startBefore(sayHello, {}, log);
  const [answer] = await answersTo(url, bytes, 1);
  expect(answer?.status).toBe(status);
  expect(answer?.headers.get('access-control-allow-origin')).toBe('*');
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({
    details: expect.stringContaining(details),
  });
  await expect
    .poll(entries)
    .toMatchObject([{ msg: 'refused', status, details: expect.stringContaining(details) }]);
});

/** Takes its time. */
const slowly: AgentScript = (call) => {
  call.write({ delta: 'Hel' });
  setTimeout(() => {
    call.write({ delta: 'lo', isFinal: true });
    call.end();
  }, 100);
};

test.each(bad)(
  '%s, after two valid requests, does not affect their responses',
  async (_, bytes, status) => {
    const { url, openStreams } = await startBefore(slowly);
    const answers = await answersTo(url, good + good + bytes, 3);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, status]);
    expect(answers[0]?.body).toContain('"isFinal":true');
    expect(answers[1]?.body).toBe(answers[0]?.body);
    await expect.poll(openStreams).toBe(0);
  },
);

test('an incomplete request does not affect the response before it', async () => {
  const { url } = await startBefore(slowly, { requestLimitMs: 50 });
  const late = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{`;
  const answers = await answersTo(url, good + late, 2);
  expect(answers.map(({ status }) => status)).toEqual([200, 415]);
});

test('a client that leaves after bad bytes ends the stream before them', async () => {
  let called = 0;
  let cancelled = 0;
  const { url, openStreams } = await startBefore((call) => {
    call.write({ delta: 'a' });
    call.once('cancelled', () => (cancelled += 1));
    called += 1;
  });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(`${good}garbage\r\n\r\n`));
  socket.on('error', () => {});
  // Until the agent has the call, a client that leaves cancels it before it starts.
  await expect.poll(() => [openStreams(), called]).toEqual([1, 1]);
  socket.resetAndDestroy();
  await expect.poll(() => [openStreams(), cancelled]).toEqual([0, 1]);
});

test('a handshake after a valid request becomes a WebSocket after its response', async () => {
  const { url } = await startBefore(slowly);
  const { hostname, port } = new URL(url);
  let received = '';
  const socket = connect(Number(port), hostname, () => {
    socket.write(good + get('Host: x', handshake));
  });
  onTestFinished(() => void socket.destroy());
  socket.on('data', (part) => (received += part.toString('latin1')));
  await expect.poll(() => received.split('"isFinal":true').length - 1).toBe(2);
  expect(received).toMatch(/0\r\n\r\nHTTP\/1\.1 101 Switching Protocols\r\n/);
});

test.each([
  ['HTTP/1.0 without Host', get().replace('/1.1', '/1.0')],
  ['a whole URL', get('Host: x').replace(' /', ' http://y:80/')],
  ['an IPv6 address as Host', get('Host: [::1]:8080')],
  ['empty lines before a request (2.2)', `\r\n${good}`],
])('%s is answered', async (_, bytes) => {
  const { url } = await startBefore(sayHello);
  const socket = bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
  const [answer] = await answersTo(url, bytes.startsWith('\r\n') ? bytes : socket, 1);
  expect(answer?.status).toBe(200);
});
