import { expect, test } from 'vitest';

import { exchange } from '../testing/exchange.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

test.each([
  ['without stream', { prompt: 'hello' }],
  ['with stream: false', { prompt: 'hello', stream: false }],
  ['with unknown fields', { prompt: 'hello', temperature: 1, stream: 'maybe' }],
])('a request %s is streamed (A1, A2)', async (_, body) => {
  const { endpoint } = await startBefore(sayHello);
  expect(await (await post(endpoint, body)).text()).toContain('"isFinal":true');
});

test('the agent receives prompt and model, or the default model (A2, A3)', async () => {
  const asked: unknown[] = [];
  const { endpoint } = await startBefore((call) => {
    asked.push(call.request);
    sayHello(call);
  });
  await (await post(endpoint, { prompt: '故事', model: 'm' })).text();
  await (await fetch(`${endpoint}?stream=true&prompt=${encodeURIComponent('故事')}`)).text();
  await (await fetch(`${endpoint}?prompt=a&model=m`)).text();
  // Only the other formats have these.
  const ofDialects = { messages: [], tools: [] };
  expect(asked).toEqual([
    { prompt: '故事', model: 'm', ...ofDialects },
    { prompt: '故事', model: 'gpt-4', ...ofDialects },
    { prompt: 'a', model: 'm', ...ofDialects },
  ]);
});

test('x-rehearsal headers and query fields reach the agent unchanged, and others do not', async () => {
  const carried: Record<string, unknown>[] = [];
  const { endpoint } = await startBefore((call) => {
    carried.push(call.metadata.getMap());
    sayHello(call);
  });
  const headers = { 'X-Rehearsal-Key': 'from header', 'X-Rehearsal-Whatever': '1', 'X-Other': '2' };
  await (await post(`${endpoint}?key=from+query&scenario=s&seed=7`, undefined, headers)).text();
  expect(carried[0]).toMatchObject({
    'x-rehearsal-key': 'from header',
    'x-rehearsal-scenario': 's',
    'x-rehearsal-seed': '7',
    'x-rehearsal-whatever': '1',
  });
  expect(carried[0]).not.toHaveProperty('x-other');
});

test('text beyond ASCII reaches the agent percent-encoded; a header must already be encoded', async () => {
  const keys: unknown[] = [];
  const { url, endpoint } = await startBefore((call) => {
    keys.push(...call.metadata.get('x-rehearsal-key'));
    sayHello(call);
  });
  await (await fetch(`${endpoint}?prompt=a&key=%E6%95%85%2041%25`)).text();
  await (await post(endpoint, undefined, { 'X-Rehearsal-Key': '%E6%95%85' })).text();
  expect(keys).toEqual(['%E6%95%85 41%', '%E6%95%85']);
  const raw = await exchange(
    url,
    `GET /api/v1/ai/generate?prompt=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Rehearsal-Key: 故\r\n\r\n`,
  );
  expect(raw).toContain(
    'header x-rehearsal-key: must be printable ASCII; percent-encode other characters',
  );
});

const invalid = (details: string) => ({
  error: 'The request is not valid',
  code: 'INVALID_REQUEST',
  details,
});

test.each([
  ['no prompt', '{}', 'prompt: is required'],
  ['an empty prompt', '{"prompt":""}', 'prompt: must not be empty'],
  ['a prompt that is no text', '{"prompt":5}', 'prompt: must be a string'],
  ['two wrong fields', '{"model":[]}', 'prompt: is required; model: must be a string'],
  ['no JSON', '{"prompt":', 'body: must be a JSON object with a prompt'],
  ['a JSON text', '"hello"', 'body: must be a JSON object with a prompt'],
  ['a JSON array', '[]', 'body: must be a JSON object with a prompt'],
  ['JSON null', 'null', 'body: must be a JSON object with a prompt'],
  ['an empty body', '', 'prompt: is required'],
])('a body with %s is a 400 that says which field and why (A4)', async (_, body, details) => {
  const { endpoint } = await startBefore(sayHello);
  const response = await post(endpoint, body);
  expect(response.status).toBe(400);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(await response.json()).toEqual(invalid(details));
});

test.each([
  ['?stream=true', 'prompt: is required'],
  ['?prompt=a&prompt=b', 'prompt: must be a string'],
  ['?prompt=a&key=a&key=b', 'query key: must be given once'],
])('the query %s is a 400 that says which field and why', async (query, details) => {
  const { endpoint } = await startBefore(sayHello);
  const response = await fetch(endpoint + query);
  expect([response.status, await response.json()]).toEqual([400, invalid(details)]);
});

test('invalid HTTP gets a readable 400', async () => {
  const { url } = await startBefore(sayHello);
  const received = await exchange(url, 'GET /?prompt=故事 HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(received).toContain('percent-encode characters beyond ASCII');
});

test('a body with another content type is a 415, and one that is too large a 413', async () => {
  const { endpoint } = await startBefore(sayHello, { bodyLimitBytes: 100 });
  const form = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({ prompt: 'a' }),
  });
  expect([form.status, await form.json()]).toMatchObject([415, { code: 'UNSUPPORTED_MEDIA_TYPE' }]);
  const large = await post(endpoint, { prompt: 'x'.repeat(200) });
  expect([large.status, await large.json()]).toMatchObject([
    413,
    { code: 'PAYLOAD_TOO_LARGE', details: 'body: must not exceed 100 B (--body-limit)' },
  ]);
});

test('the standard limit of a body is named as its flag writes it', async () => {
  const { endpoint } = await startBefore(sayHello);
  const large = await post(endpoint, { prompt: 'x'.repeat(1_100_000) });
  expect([large.status, await large.json()]).toMatchObject([
    413,
    { details: 'body: must not exceed 1 MiB (--body-limit)' },
  ]);
});

test('a client that does not accept an event stream gets a 406; most accept anything', async () => {
  const { endpoint } = await startBefore(sayHello);
  const ask = (accept: string) => fetch(`${endpoint}?prompt=a`, { headers: { accept } });
  const refused = await ask('application/json');
  expect([refused.status, await refused.json()]).toMatchObject([
    406,
    { code: 'NOT_ACCEPTABLE', details: 'header Accept: must allow text/event-stream' },
  ]);
  for (const accept of ['*/*', 'text/*', 'application/json, text/plain, */*']) {
    const taken = await ask(accept);
    expect(taken.status).toBe(200);
    await taken.text();
  }
});

test('another method is a 405 and another path a 404, both in JSON with CORS headers', async () => {
  const { url, endpoint } = await startBefore(sayHello);
  const put = await fetch(endpoint, { method: 'PUT' });
  expect([put.status, put.headers.get('allow'), await put.json()]).toMatchObject([
    405,
    'GET, POST, OPTIONS',
    { code: 'METHOD_NOT_ALLOWED' },
  ]);
  const elsewhere = await fetch(`${url}/nowhere`);
  expect([elsewhere.status, await elsewhere.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  expect(elsewhere.headers.get('access-control-allow-origin')).toBe('*');
});

test('HEAD never starts a generation', async () => {
  let calls = 0;
  const { endpoint } = await startBefore((call) => {
    calls += 1;
    sayHello(call);
  });
  expect((await fetch(`${endpoint}?prompt=a`, { method: 'HEAD' })).status).toBe(405);
  expect(calls).toBe(0);
});

test('a preflight is granted the headers it asks for', async () => {
  const { endpoint } = await startBefore(sayHello);
  const response = await fetch(endpoint, {
    method: 'OPTIONS',
    headers: {
      Origin: 'http://page.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,x-rehearsal-key',
    },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-headers')).toBe(
    'authorization,content-type,x-rehearsal-key',
  );
});

test('a preflight from a public page to a private network is granted, and no other has the header', async () => {
  const { endpoint } = await startBefore(sayHello);
  const preflight = async (headers: Record<string, string>) => {
    const common = { Origin: 'https://page.example', 'Access-Control-Request-Method': 'POST' };
    const response = await fetch(endpoint, {
      method: 'OPTIONS',
      headers: { ...common, ...headers },
    });
    return response.headers.get('access-control-allow-private-network');
  };
  expect(await preflight({ 'Access-Control-Request-Private-Network': 'true' })).toBe('true');
  expect(await preflight({})).toBeNull();
});
