import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { endCall, type AgentScript } from './testing/scripted-agent.ts';
import { post, startBefore } from './testing/start-before.ts';

const streamLimitMs = 300;

const timeLimit = {
  error: 'The generation took too long',
  code: 'TIMEOUT',
  details: 'the stream reached its time limit',
};

/** An agent that ends each call shortly before its deadline, as a server whose clock is a little ahead does. */
const endAtDeadline =
  (begin: AgentScript): AgentScript =>
  (call) => {
    begin(call);
    const leftMs = Number(call.getDeadline()) - Date.now();
    const timer = setTimeout(() => {
      endCall(call, status.DEADLINE_EXCEEDED, 'Deadline exceeded');
    }, leftMs - 30);
    call.on('cancelled', () => clearTimeout(timer));
  };

test('the limit of a stream decides, whatever an agent does at the deadline of its call', async () => {
  const agent = endAtDeadline((call) => {
    call.write({ delta: 'text' });
  });
  const { endpoint, openStreams } = await startBefore(agent, { streamLimitMs });
  const response = await post(endpoint);
  expect([response.status, await response.text()]).toEqual([
    200,
    'event: message\ndata: {"delta":"text","isFinal":false}\n\n' +
      `event: error\ndata: ${JSON.stringify(timeLimit)}\n\n`,
  ]);
  expect(openStreams()).toBe(0);
});

test('a request whose agent does not respond within the limit of its stream is a 504', async () => {
  const options = { streamLimitMs, acceptWaitMs: 60_000 };
  const { endpoint, openStreams } = await startBefore(
    endAtDeadline(() => {}),
    options,
  );
  const response = await post(endpoint);
  expect([response.status, await response.json()]).toEqual([504, timeLimit]);
  expect(openStreams()).toBe(0);
});
