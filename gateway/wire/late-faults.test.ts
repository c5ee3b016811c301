import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import { acceptWaitMetadata } from '../../proto/metadata.ts';
import { generatePath } from '../../proto/interface.ts';
import { requesting, message, textOf } from '../testing/faulty-agent.ts';
import { readRaw } from '../testing/read-raw.ts';
import { endCall, type AgentScript } from '../testing/scripted-agent.ts';
import { post, startBefore } from '../testing/start-before.ts';

/** An agent that is too slow for the headers of its stream. */
const late =
  (script: AgentScript): AgentScript =>
  (call) =>
    void setTimeout(() => script(call), 200);

test.each<[string, WireFault, Partial<Awaited<ReturnType<typeof readRaw>>>]>([
  [
    'a cut',
    { fault: 'cut', by: 'reset', afterChars: 3, afterMs: 0, midEvent: false },
    { body: message('ab') + message('写'), ending: 'ECONNRESET', whole: false },
  ],
  [
    'a cut before any text',
    { fault: 'cut', by: 'fin', afterChars: 0, afterMs: 50, midEvent: false },
    { body: '', ending: 'end', whole: false },
  ],
  [
    'an event',
    { fault: 'event', how: 'missing', fromChar: 2, toChar: 4 },
    { body: message('abef', true), whole: true },
  ],
  [
    'line ends',
    { fault: 'crlf' },
    {
      body: (message('ab') + message('写éef') + message('', true)).replaceAll('\n', '\r\n'),
      whole: true,
    },
  ],
])(
  '%s strikes even if the agent requests it after the headers are sent',
  async (_, fault, seen) => {
    const options = {
      wireFaults: true,
      acceptWaitMs: 20,
      faultWaitMs: 20,
      pushIntervalMs: 50,
      eventIds: false,
    };
    const { url, openStreams } = await startBefore(late(requesting([fault])), options);
    const answer = await readRaw(url, `${generatePath}?prompt=a`);
    const { body, ...others } = seen;
    expect(answer).toMatchObject(others);
    expect(textOf(answer.body)).toBe(textOf(body ?? ''));
    expect(answer.body.includes('\r')).toBe(body?.includes('\r'));
    await expect.poll(openStreams).toBe(0);
  },
);

test('bytes are written alone even if the agent requests it after the headers are sent', async () => {
  const options = { wireFaults: true, acceptWaitMs: 20, faultWaitMs: 20, eventIds: false };
  const { url } = await startBefore(late(requesting([{ fault: 'frames', how: 'torn' }])), options);
  const { body, chunks } = await readRaw(url, `${generatePath}?prompt=a`);
  expect(textOf(body)).toBe('ab写éef');
  expect(chunks.every(({ length }) => length === 1)).toBe(true);
});

test('a busy agent gets its status through, for longer than headers wait without wire faults', async () => {
  const status: WireFault = { fault: 'status', status: 429, retryAfterSec: 2, body: 'json' };
  const { endpoint } = await startBefore(late(requesting([status])), {
    wireFaults: true,
    acceptWaitMs: 20,
  });
  const response = await post(endpoint);
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '2']);
});

test('an agent learns how long the headers wait if wire faults are allowed, and only then', async () => {
  const waits: unknown[] = [];
  const script: AgentScript = (call) => {
    waits.push(...call.metadata.get(acceptWaitMetadata), '|');
    requesting([])(call);
  };
  for (const wireFaults of [true, false]) {
    const { endpoint } = await startBefore(script, { wireFaults, acceptWaitMs: 30 });
    await (await post(endpoint)).text();
  }
  expect(waits).toEqual(['30', '|', '|']);
});

test('a fault of the headers that is requested too late is an error, not a healthy stream', async () => {
  const read = async (script: AgentScript, wireFaults = true) => {
    const gateway = await startBefore(late(script), {
      wireFaults,
      acceptWaitMs: 20,
      faultWaitMs: 20,
    });
    const body = await (await post(gateway.endpoint)).text();
    await expect.poll(gateway.openStreams).toBe(0);
    return body;
  };
  const tooLate =
    'event: error\ndata: {"error":"The generation failed","code":"GENERATION_ERROR","details":"the agent took more than 20 ms to request a fault of the headers, which were sent meanwhile: open fewer streams at a time"}\n\n';
  for (const fault of [
    { fault: 'status', status: 503, body: 'json' },
    { fault: 'content-type', value: 'text/html' },
    { fault: 'frames', how: 'buffered' },
  ] satisfies WireFault[]) {
    expect(await read(requesting([fault]))).toBe(tooLate);
  }
  expect(await read(requesting('{'))).toContain('does not know, in x-rehearsal-wire');
  expect(
    await read((call) => {
      const metadata = new Metadata();
      metadata.set(wireMetadata, '[{"fault":"no-pings"}]');
      call.sendMetadata(metadata);
      endCall(call, status.INTERNAL, 'boom');
    }),
  ).toContain('"code":"GENERATION_ERROR","details":"boom"');
  expect(textOf(await read(requesting([])))).toBe('ab写éef');
  expect(textOf(await read(requesting([{ fault: 'crlf' }]), false))).toBe('ab写éef');
});
