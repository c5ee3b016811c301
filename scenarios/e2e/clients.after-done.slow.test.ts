import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { runClient } from './support/clients/client.ts';
import { sdkClients } from './support/clients/sdk-clients.ts';

/** Our gateway sends nothing after the end of a stream, so a small server does. */

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-4',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

const chatStream = [
  chunk({ role: 'assistant', content: 'The answer.' }),
  chunk({}, 'stop'),
  '[DONE]',
  chunk({ content: ' And more.' }),
]
  .map((data) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  .join('');

async function serve(body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'text/event-stream');
    response.end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['openai-chat-loop', 'The answer.'],
  ['openai-chat-helper', 'The answer.'],
  ['langchain-stream', 'The answer.'],
  ['ai-text-stream', 'The answer. And more.'],
  ['ai-stream-text', 'The answer. And more.'],
])('after [DONE], %s has the text %j', async (name, text) => {
  const url = await serve(chatStream);
  const client = sdkClients[name];
  if (client === undefined) throw new Error(`no client ${name}`);
  const request = { url, baseURL: url, prompt: 'hello', closedAtEnd: true };
  const state = await runClient(client, request, new AbortController().signal);
  expect(state).toMatchObject({ text, final: true, clientError: null });
});
