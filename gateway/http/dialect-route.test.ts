import { expect, test } from 'vitest';

import { sayHello, startBefore } from '../testing/start-before.ts';

const json = { 'Content-Type': 'application/json' };

test('a tool schema that is nested too deeply is refused, in the format of the path', async () => {
  const { url } = await startBefore(sayHello);
  const depth = 30_000;
  const schema = `{"a":${'['.repeat(depth)}1${']'.repeat(depth)}}`;
  const body = `{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`;
  const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: json, body });
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { error: { message: 'body: is nested too deeply', type: 'invalid_request_error' } },
  ]);
});

test('a path below /v1 that is not served answers in the format of its client', async () => {
  const { url } = await startBefore(sayHello);
  const message = expect.stringContaining('path: there is no /v1/embeddings; this gateway serves');
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}/v1/embeddings`, { method: 'POST', headers: { ...json, ...headers }, body: '{}' });
  const plain = await ask({});
  expect([plain.status, await plain.json()]).toMatchObject([404, { error: { message } }]);
  const versioned = await ask({ 'anthropic-version': '2023-06-01' });
  expect([versioned.status, await versioned.json()]).toMatchObject([
    404,
    { type: 'error', error: { type: 'not_found_error', message } },
  ]);
});
