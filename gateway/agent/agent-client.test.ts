import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';

import { startHttp2Agent } from '../testing/http2-agent.ts';
import { endCall, startScriptedAgent } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore, startGatewayBefore } from '../testing/start-before.ts';

const httpOfGrpc: [status, number, string][] = [
  [status.CANCELLED, 503, 'AGENT_UNAVAILABLE'],
  [status.UNKNOWN, 500, 'GENERATION_ERROR'],
  [status.INVALID_ARGUMENT, 400, 'INVALID_REQUEST'],
  [status.DEADLINE_EXCEEDED, 504, 'TIMEOUT'],
  [status.NOT_FOUND, 404, 'NOT_FOUND'],
  [status.ALREADY_EXISTS, 409, 'CONFLICT'],
  [status.PERMISSION_DENIED, 403, 'FORBIDDEN'],
  [status.RESOURCE_EXHAUSTED, 429, 'RATE_LIMITED'],
  [status.FAILED_PRECONDITION, 400, 'INVALID_REQUEST'],
  [status.ABORTED, 409, 'CONFLICT'],
  [status.OUT_OF_RANGE, 400, 'INVALID_REQUEST'],
  [status.UNIMPLEMENTED, 501, 'NOT_IMPLEMENTED'],
  [status.INTERNAL, 500, 'GENERATION_ERROR'],
  [status.UNAVAILABLE, 503, 'AGENT_UNAVAILABLE'],
  [status.DATA_LOSS, 500, 'GENERATION_ERROR'],
  [status.UNAUTHENTICATED, 401, 'UNAUTHENTICATED'],
];

test.each(httpOfGrpc)(
  'gRPC status %i before the first chunk is HTTP %i %s, after it an error event',
  async (grpcStatus, httpStatus, code) => {
    const { endpoint } = await startBefore((call) => {
      if (call.request.prompt === 'after') call.write({ delta: 'text' });
      endCall(call, grpcStatus, 'the agent said so');
    });
    const before = await post(endpoint, { prompt: 'before' });
    expect([before.status, await before.json()]).toMatchObject([
      httpStatus,
      { code, details: 'the agent said so' },
    ]);
    expect(before.headers.get('access-control-allow-origin')).toBe('*');
    const after = await post(endpoint, { prompt: 'after' });
    expect(after.status).toBe(200);
    const [text, error, ...rest] = (await after.text()).split('\n\n');
    expect(text).toBe('event: message\ndata: {"delta":"text","isFinal":false}');
    expect(error).toMatch(
      new RegExp(
        `^event: error\\ndata: {"error":".+","code":"${code}","details":"the agent said so"}$`,
      ),
    );
    expect(rest).toEqual(['']);
  },
);

test('an unavailable agent is a 503 in JSON', async () => {
  const { endpoint } = await startGatewayBefore('127.0.0.1:1');
  const response = await post(endpoint);
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { code: 'AGENT_UNAVAILABLE', details: expect.stringContaining('ECONNREFUSED') },
  ]);
});

test('an agent that restarts is used again', async () => {
  const agent = await startScriptedAgent(sayHello);
  const { endpoint } = await startGatewayBefore(agent.address);
  const ask = async () => (await post(endpoint)).status;
  expect(await ask()).toBe(200);
  agent.close();
  await expect.poll(ask).toBe(503);
  const again = await startScriptedAgent(sayHello, Number(agent.address.split(':')[1]));
  onTestFinished(again.close);
  await expect.poll(ask).toBe(200);
});

test('a gateway connects to its agent before the first request', async () => {
  const asked: (string | undefined)[] = [];
  const agent = await startHttp2Agent((stream, headers) => {
    asked.push(headers[':path']);
    const unimplemented = { 'content-type': 'application/grpc', 'grpc-status': '12' };
    stream.respond({ ':status': 200, ...unimplemented }, { endStream: true });
  });
  await startGatewayBefore(agent.address);
  // One for the calls, and one that asks how the agent is.
  await expect.poll(agent.connections).toBe(2);
  expect(asked).toEqual(['/grpc.health.v1.Health/Check']);
});

test('an agent that starts after its gateway serves the first request', async () => {
  const { address, close } = await startScriptedAgent(sayHello);
  close();
  const { endpoint } = await startGatewayBefore(address);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const agent = await startScriptedAgent(sayHello, Number(address.split(':')[1]));
  onTestFinished(agent.close);
  expect((await post(endpoint)).status).toBe(200);
});

test('an agent without a response does not delay the headers beyond the limit', async () => {
  const { endpoint } = await startBefore(
    (call) => {
      setTimeout(() => sayHello(call), 300);
    },
    { acceptWaitMs: 50 },
  );
  const response = await post(endpoint);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('"isFinal":true');
});

test('an agent that ends with OK without text gives one empty final message', async () => {
  const { endpoint } = await startBefore((call) => call.end());
  expect(await (await post(endpoint)).text()).toBe(
    'event: message\ndata: {"delta":"","isFinal":true}\n\n',
  );
});

test('many chunks and an error in one instant: all text arrives before the error (C2)', async () => {
  const { endpoint } = await startBefore((call) => {
    for (let count = 0; count < 50; count += 1) call.write({ delta: `${count},` });
    endCall(call, status.INTERNAL, 'boom');
  });
  const events = (await (await post(endpoint)).text()).trimEnd().split('\n\n');
  const deltas = events
    .slice(0, -1)
    .map((event) => (JSON.parse(event.split('data: ')[1] ?? '') as { delta: string }).delta);
  expect(deltas.join('')).toBe(Array.from({ length: 50 }, (_, count) => `${count},`).join(''));
  expect(events.at(-1)).toMatch(/^event: error\n/);
});
