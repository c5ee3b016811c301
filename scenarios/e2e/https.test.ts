import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { rename, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';

import { planStream } from '../../mock-agent/plan/plan.ts';
import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { listenOn } from '../../proto/listen.ts';
import { readCertificates } from '../../proto/http2/tls-files.ts';
import { askHttp2, connectHttp2 } from '../../gateway/testing/http2-client.ts';
import { curl, skipsCurl } from './support/curl.ts';
import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { startRehearsal } from '../testkit/start-rehearsal.ts';
import { startInProcess } from './support/in-process-stack.ts';

const ofAgent = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };

const run = promisify(execFile);

/** A stream of half a second. */
const behaviour = { text: { generate: { chars: 200 } }, firstToken: '20ms', interToken: '10ms' };

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

const textOf = (key: string) =>
  planStream(behaviourSchema.parse(behaviour), 1, {
    scenario: 'test',
    key,
    prompt: 'hello',
    model: 'gpt-4',
  }).text;

/** Starts agent and gateway over HTTPS, with the certificate of a new authority. */
async function start(options = {}, of: unknown = behaviour) {
  const authority = await createAuthority();
  const files = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const tls = { tlsCert: files.cert, tlsKey: files.key };
  const stack = await startInProcess(of, { ...tls, ...options });
  return { ...stack, authority, files };
}

interface Answer {
  status: number | undefined;
  body: string;
  /** Why the body is not complete. */
  problem: string;
}

/** Sends a GET over a connection of its own. @throws the error before a response */
function get(url: string, ca: string, headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const problems: string[] = [];
    const note = ({ message, code = '' }: NodeJS.ErrnoException) =>
      problems.push(message === 'aborted' ? message : code);
    let isAnswered = false;
    const sent = request(url, { ca, agent: false, headers }, (response) => {
      isAnswered = true;
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('error', note);
      response.on('close', () => {
        const [problem = ''] = problems;
        resolve({ status: response.statusCode, body, problem });
      });
    });
    sent.on('error', (error) => {
      if (isAnswered) note(error);
      else reject(error);
    });
    sent.end();
  });
}

const joined = (body: string) =>
  [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');

const url = (endpoint: string, fault?: object) =>
  `${endpoint}?prompt=hello&scenario=test${fault === undefined ? '' : `&fault=${encodeURIComponent(JSON.stringify(fault))}`}`;

test('100 streams over HTTPS are those of the plan, with the headers of the specification', async () => {
  const { endpoint, authority } = await start();
  expect(endpoint).toMatch(/^https:/);
  const answers = await Promise.all(
    keys(100).map((key) => get(url(endpoint), authority.ca, { 'x-rehearsal-key': key })),
  );
  expect(answers.map(({ status, problem }) => ({ status, problem }))).toEqual(
    keys(100).map(() => ({ status: 200, problem: '' })),
  );
  expect(answers.map(({ body }) => joined(body))).toEqual(keys(100).map(textOf));
});

test('200 streams over HTTP/2 and mutual TLS to the agent are those of the plan', async () => {
  const authority = await createAuthority();
  const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const certificates = readCertificates({ ca, cert, key }, ofAgent, () => {});
  const { gateway, endpoint } = await startInProcess(
    behaviour,
    { tlsCert: cert, tlsKey: key, agentCa: ca, agentCert: cert, agentKey: key },
    [],
    { certificates },
  );
  const session = connectHttp2(gateway.url, authority.ca);
  const { pathname, search } = new URL(url(endpoint));
  const answers = await Promise.all(
    keys(200).map((each) => askHttp2(session, pathname + search, { 'x-rehearsal-key': each })),
  );
  expect(answers.map(({ body, ending }) => [joined(body), ending])).toEqual(
    keys(200).map((each) => [textOf(each), 'end']),
  );
});

test.skipIf(skipsCurl)('curl reads a stream over HTTP/2 and over HTTP/1.1', async () => {
  const { endpoint, files } = await start();
  for (const version of ['--http2', '--http1.1']) {
    const args = [version, '-sN', '--cacert', files.ca, '-w', '%{http_version}', '-H'];
    const { stdout } = await run(curl, [...args, 'x-rehearsal-key: k', url(endpoint)]);
    expect(joined(stdout)).toBe(textOf('k'));
    expect(stdout.endsWith(version === '--http2' ? '2' : '1.1')).toBe(true);
  }
});

test('a fault of the wire resets the TCP connection beneath TLS, or ends it with FIN', async () => {
  const { endpoint, authority } = await start({ wireFaults: true });
  const at = { at: { chars: 40 } };
  const reset = await get(url(endpoint, { resetConnection: at }), authority.ca);
  expect(reset).toMatchObject({ status: 200, problem: 'ECONNRESET' });
  expect(textOf('k').length).toBeGreaterThan(joined(reset.body).length);
  const ended = await get(url(endpoint, { dropConnection: at }), authority.ca);
  expect(ended).toMatchObject({ status: 200, problem: 'aborted' });

  // Node tells of an end within a body as of a reset; beneath TLS they differ.
  const endings: string[] = [];
  const watched = await watchEndings(endpoint, endings);
  for (const fault of [{ resetConnection: at }, { dropConnection: at }]) {
    await get(url(watched, fault), authority.ca);
  }
  await expect.poll(() => endings).toEqual(['ECONNRESET', 'end']);
});

/** Passes connections on to a server, and notes how it ends each. Returns the URL of the way through. */
async function watchEndings(endpoint: string, endings: string[]): Promise<string> {
  const { port, origin } = new URL(endpoint);
  const server = createServer((client) => {
    const upstream = connectTcp(Number(port), '127.0.0.1');
    upstream.once('end', () => endings.push('end'));
    upstream.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      endings.push(code);
      client.destroy();
    });
    client.on('error', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  onTestFinished(() => void server.close());
  const ownPort = await listenOn(server, '127.0.0.1', 0);
  return endpoint.replace(origin, `https://127.0.0.1:${ownPort}`);
}

test('WSS carries the same stream', async () => {
  const { endpoint, authority } = await start();
  const socket = new WebSocket(url(endpoint).replace('https', 'wss'), {
    ca: authority.ca,
    headers: { 'x-rehearsal-key': 'key-1' },
  });
  let body = '';
  socket.on('message', (data: Buffer) => (body += data.toString()));
  await once(socket, 'close');
  expect(joined(body)).toBe(textOf('key-1'));
});

test('an abort reaches the agent, and a slow head is ended with 408', async () => {
  const { endpoint, authority, agent } = await start({ requestLimitMs: 1000 });
  const sent = request(url(endpoint), { ca: authority.ca, agent: false });
  sent.on('error', () => {});
  sent.end();
  await once(sent, 'response');
  sent.destroy();
  await expect.poll(() => agent.stats().streamsCancelled).toBe(1);

  const { port } = new URL(endpoint);
  const slow = connectTls({ port: Number(port), host: '127.0.0.1', ca: authority.ca });
  let answer = '';
  slow.setEncoding('utf8').on('data', (part: string) => (answer += part));
  slow.write('GET / HTTP/1.1\r\n');
  await once(slow, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test('a client without TLS, and one that never ends its handshake, hold nothing up', async () => {
  const { endpoint, authority, close } = await start();
  const port = Number(new URL(endpoint).port);
  const plain = connectTcp(port, '127.0.0.1').on('error', () => {});
  plain.resume().write('GET / HTTP/1.1\r\n\r\n');
  await once(plain, 'close');
  const silent = connectTcp(port, '127.0.0.1').on('error', () => {});
  await once(silent, 'connect');
  expect((await get(url(endpoint), authority.ca)).status).toBe(200);
  await Promise.all([once(silent, 'close'), close()]);
});

test('a certificate replaced under 100 streams loses none, and serves the next connection', async () => {
  const { endpoint, authority, files } = await start();
  const second = await createAuthority('second');
  const issued = await second.issue();
  const open = keys(100).map((key) => get(url(endpoint), authority.ca, { 'x-rehearsal-key': key }));
  await get(url(endpoint), authority.ca);
  for (const [path, text] of [
    [files.cert, issued.cert],
    [files.key, issued.key],
  ] as const) {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
  expect((await get(url(endpoint), second.ca)).status).toBe(200);
  await expect(get(url(endpoint), authority.ca)).rejects.toThrow('certificate');
  expect((await Promise.all(open)).map(({ body }) => joined(body))).toEqual(keys(100).map(textOf));
});

test('the library has the files as settings, and its control interface takes pages of its own origin', async () => {
  const authority = await createAuthority();
  const files = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const rehearsal = await startRehearsal({
    gateway: { tlsCert: files.cert, tlsKey: files.key },
    scenario: 'fast',
  });
  onTestFinished(rehearsal.close);
  expect(rehearsal.endpoint).toMatch(/^https:.*\/api\/v1\/ai\/generate$/);
  const ask = (origin: string) =>
    get(`${rehearsal.url}/__rehearsal/requests`, authority.ca, { origin });
  expect((await ask(rehearsal.url)).status).toBe(200);
  expect((await ask(rehearsal.url.replace('https', 'http'))).status).toBe(403);
  const wrong = { tlsCert: files.cert, tlsKey: files.ca };
  await expect(startRehearsal({ gateway: wrong })).rejects.toThrow('--tls-key');
  await expect(startRehearsal({ gateway: { tlsCert: files.cert } })).rejects.toThrow(
    '--tls-cert: needs --tls-key too',
  );
});
