import { createServer, type Socket } from 'node:net';

import { Metadata } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { Reading } from './agent-channels.ts';
import { createAgentClient } from './agent-client.ts';
import { specifiedInterface } from './agent-interface.ts';
import { startHttp2Agent } from '../testing/http2-agent.ts';
import { post, startGatewayBefore } from '../testing/start-before.ts';

/** What stands where the agent should be answers every call with a page. */
async function startPages(status: number, contentType = 'text/html', page = '<html>no</html>') {
  const { address } = await startHttp2Agent((stream) => {
    const length = { 'content-length': String(page.length) };
    stream.respond({ ':status': status, 'content-type': contentType, ...length });
    stream.end(page);
  });
  return address;
}

const answers: [status: number, httpStatus: number, code: string][] = [
  [200, 500, 'GENERATION_ERROR'],
  [302, 500, 'GENERATION_ERROR'],
  [400, 500, 'GENERATION_ERROR'],
  [401, 401, 'UNAUTHENTICATED'],
  [403, 403, 'FORBIDDEN'],
  [404, 501, 'NOT_IMPLEMENTED'],
  [429, 503, 'AGENT_UNAVAILABLE'],
  [500, 500, 'GENERATION_ERROR'],
  [502, 503, 'AGENT_UNAVAILABLE'],
  [503, 503, 'AGENT_UNAVAILABLE'],
  [504, 503, 'AGENT_UNAVAILABLE'],
];

test.each(answers)(
  'a page with HTTP status %i instead of an agent is %i %s before the stream, and not ready',
  async (status, httpStatus, code) => {
    const { url, endpoint } = await startGatewayBefore(await startPages(status));
    const details = `the agent's address did not answer in gRPC: HTTP status ${status}, content type text/html`;
    const response = await post(endpoint);
    expect([response.status, await response.json()]).toMatchObject([httpStatus, { code, details }]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { details }]);
  },
);

describe.each<Reading>(['tapped', 'delivered'])('read %s', (reading) => {
  // The first looks like a message that is too long, the others like messages.
  test.each(['<html>', '\0\0\0\0\0', '\u0001\0\0\0\0', ''])(
    'a page of %j is never read as messages',
    async (page) => {
      const address = await startPages(200, 'text/plain', page);
      const client = createAgentClient(address, specifiedInterface, { reading });
      onTestFinished(client.close);
      const request = { prompt: 'a', model: 'm', metadata: new Metadata() };
      const accepted = client
        .generate(request, 60_000)
        .accepted(5000, new AbortController().signal);
      await expect(accepted).rejects.toMatchObject({
        code: 'GENERATION_ERROR',
        details: expect.stringMatching(
          /did not answer in gRPC: HTTP status 200, content type text/,
        ),
      });
    },
  );

  test('ENHANCE_YOUR_CALM means an unavailable agent, not too many requests', async () => {
    const { address } = await startHttp2Agent((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.session?.goaway(11, 0, Buffer.from('too_many_pings'));
    });
    const client = createAgentClient(address, specifiedInterface, { reading });
    onTestFinished(client.close);
    const call = client.generate({ prompt: 'a', model: 'm', metadata: new Metadata() }, 60_000);
    await call.accepted(5000, new AbortController().signal).catch(() => {});
    const failure = await new Promise((resolve) => {
      call.read({ chunk() {}, ended: () => resolve('ended'), failed: resolve });
    });
    expect(failure).toMatchObject({ code: 'AGENT_UNAVAILABLE' });
  });
});

test('an agent behind a proxy that forwards only its service is ready', async () => {
  const { address } = await startHttp2Agent((stream, headers) => {
    const isOurs = headers[':path']?.startsWith('/ai.agent.v1.AIAgentService/');
    const unimplemented = {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '12',
    };
    const page = { ':status': 404, 'content-type': 'text/html' };
    stream.respond(isOurs === true ? unimplemented : page, { endStream: true });
  });
  const { url } = await startGatewayBefore(address);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

/** Accepts connections, writes `word` and then nothing more. */
async function startMute(word = Buffer.alloc(0)) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.write(word);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return `127.0.0.1:${port}`;
}

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a part of its SETTINGS', Buffer.from('000006', 'hex')],
])('an agent that accepts the connection and sends %s is unavailable', async (_, word) => {
  const address = await startMute(word);
  const limits = { handshakeMs: 300, probeAfterMs: 10_000, answerMs: 5000 };
  const client = createAgentClient(address, specifiedInterface, { limits });
  onTestFinished(client.close);
  const request = { prompt: 'a', model: 'm', metadata: new Metadata() };
  // The wait for the agent's word is shorter, and begins with a connection.
  const accepted = client.generate(request, 60_000).accepted(10, new AbortController().signal);
  await expect(accepted).rejects.toMatchObject({
    code: 'AGENT_UNAVAILABLE',
    details: expect.stringContaining('accepts the connection but does not answer in HTTP/2'),
  });
});

const settings = Buffer.from('000000040000000000', 'hex');

// A grpc-js client would start such a call on the dead session again and again, within one turn.
test.each([
  ['GOAWAY', '0000080700000000000000000000000000', 'AGENT_UNAVAILABLE'],
  ['GOAWAY with an error', '0000080700000000000000000000000002', 'GENERATION_ERROR'],
  ['SETTINGS on a stream', '000000040000000001', 'GENERATION_ERROR'],
])('a call fails on a connection that begins with SETTINGS and %s', async (_, next, code) => {
  const address = await startMute(Buffer.concat([settings, Buffer.from(next, 'hex')]));
  const client = createAgentClient(address, specifiedInterface);
  onTestFinished(client.close);
  const request = { prompt: 'a', model: 'm', metadata: new Metadata() };
  const accepted = client.generate(request, 60_000).accepted(5000, new AbortController().signal);
  await expect(accepted).rejects.toMatchObject({ code });
});

test('an agent that is silent after its SETTINGS is unavailable', async () => {
  const address = await startMute(settings);
  const limits = { handshakeMs: 5000, probeAfterMs: 200, answerMs: 200 };
  const client = createAgentClient(address, specifiedInterface, { limits });
  onTestFinished(client.close);
  const call = client.generate({ prompt: 'a', model: 'm', metadata: new Metadata() }, 60_000);
  await call.accepted(10, new AbortController().signal);
  const failure = await new Promise((resolve) => {
    call.read({ chunk() {}, ended: () => resolve('ended'), failed: resolve });
  });
  expect(failure).toMatchObject({
    code: 'AGENT_UNAVAILABLE',
    details: 'the agent does not answer any more',
  });
});
