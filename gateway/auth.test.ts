import { Writable } from 'node:stream';

import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../proto/interface.ts';
import { startGateway } from './server.ts';
import { startScriptedAgent } from './testing/scripted-agent.ts';
import { post, sayHello, startBefore } from './testing/start-before.ts';

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const noToken = 'Bearer realm="rehearsal"';
const wrongToken = 'Bearer realm="rehearsal", error="invalid_token"';

test.each<[string, Record<string, string>, string]>([
  ['no token', {}, noToken],
  ['another scheme', { Authorization: 'Basic c2VjcmV0Og==' }, noToken],
  ['a scheme without a token', { Authorization: 'Bearer' }, noToken],
  ['a wrong token', bearer('secret-3'), wrongToken],
  ['the beginning of a token', bearer('secret'), wrongToken],
  ['two tokens', bearer('secret-1 secret-2'), wrongToken],
])(
  '%s is a 401 that a page can read, with a challenge (RFC 6750)',
  async (_, headers, challenge) => {
    const { endpoint } = await startBefore(sayHello, { auth: ['secret-1', 'secret-2'] });
    const response = await post(endpoint, undefined, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(challenge);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate');
    expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
  },
);

test('every listed token is accepted, under any spelling of the scheme', async () => {
  const { endpoint } = await startBefore(sayHello, { auth: ['secret-1', 'secret-2'] });
  expect((await post(endpoint, undefined, bearer('secret-1'))).status).toBe(200);
  const response = await post(endpoint, undefined, { Authorization: 'bearer secret-2' });
  expect(response.status).toBe(200);
});

test('with auth any, any bearer token is accepted, and a request without one is not', async () => {
  const { endpoint } = await startBefore(sayHello, { auth: 'any' });
  expect((await post(endpoint, undefined, bearer('whatever'))).status).toBe(200);
  expect((await post(endpoint)).status).toBe(401);
});

test.each([
  ['GET', '&token=secret-1', {}, 200],
  ['GET', '&token=secret-3', {}, 401],
  ['GET', '&token=', {}, 401],
  ['GET', '&token=secret-1&token=secret-1', {}, 400],
  // The header is meant where both are given.
  ['GET', '&token=secret-1', bearer('secret-3'), 401],
  ['GET', '&token=secret-3', bearer('secret-1'), 200],
  ['GET', '&token=secret-1', { Authorization: 'Basic c2VjcmV0Og==' }, 200],
  ['POST', '&token=secret-1', { 'Content-Type': 'application/json' }, 401],
])('%s with %s and the headers %j is a %i (A3)', async (method, query, headers, status) => {
  const { endpoint } = await startBefore(sayHello, { auth: ['secret-1'] });
  const response = await fetch(`${endpoint}?prompt=a${query}`, {
    method,
    headers: headers as Record<string, string>,
    ...(method === 'POST' ? { body: '{"prompt":"a"}' } : {}),
  });
  expect(response.status).toBe(status);
});

test('a preflight needs no token: a browser sends none', async () => {
  const { endpoint } = await startBefore(sayHello, { auth: ['secret-1'] });
  const response = await fetch(endpoint, {
    method: 'OPTIONS',
    headers: { Origin: 'http://page.example', 'Access-Control-Request-Method': 'POST' },
  });
  expect(response.status).toBe(204);
});

test('an unauthenticated request is refused before its body arrives', async () => {
  const { endpoint } = await startBefore(sayHello, { auth: ['secret-1'] });
  const neverEnding = new ReadableStream({
    start: (controller) => controller.enqueue(Buffer.from('{"prompt":')),
  });
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: neverEnding,
    duplex: 'half',
  } as RequestInit);
  expect(response.status).toBe(401);
});

test('a token reaches neither the log, nor a response, nor the agent', async () => {
  const heard: unknown[] = [];
  const agent = await startScriptedAgent((call) => {
    heard.push(call.metadata.getMap(), call.request);
    sayHello(call);
  });
  onTestFinished(agent.close);
  let logged = '';
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(bytes: Buffer, _, done) {
        logged += bytes.toString();
        done();
      },
    }),
  );
  const gateway = await startGateway(
    { port: 0, agentAddress: agent.address, auth: ['hunter2'], closeGraceMs: 500 },
    log,
  );
  onTestFinished(() => gateway.close());
  const endpoint = gateway.url + generatePath;
  const answers = await Promise.all([
    post(endpoint, undefined, bearer('hunter2')),
    fetch(`${endpoint}?prompt=a&token=hunter2`),
    fetch(`${endpoint}?token=hunter2`),
    fetch(`${endpoint}?prompt=a&token=hunter2x`),
    post(endpoint, '{', bearer('hunter2')),
    fetch(`${gateway.url}/nowhere?token=hunter2`),
    fetch(`${endpoint}?token=hunter2`, { method: 'PUT' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 401, 400, 404, 405]);
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  const headers = answers.map((answer) => [...answer.headers]);
  expect(heard).toHaveLength(4);
  expect(JSON.stringify([bodies, headers, heard]) + logged).not.toContain('hunter2');
});
