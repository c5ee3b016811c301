import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import { generatePath } from '../../proto/interface.ts';
import { requesting, message, textOf } from '../testing/faulty-agent.ts';
import { post, startBefore } from '../testing/start-before.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { keepLog } from '../testing/keep-log.ts';
import { readRaw } from '../testing/read-raw.ts';

/** The bytes that a client reads of a stream with these faults, and how its connection ends. */
async function readOf(...faults: WireFault[]) {
  const { url } = await startBefore(requesting(faults), { wireFaults: true, pushIntervalMs: 1 });
  return readRaw(url, `${generatePath}?prompt=a`);
}

test('a gateway without --wire-faults ignores wire faults, and warns once', async () => {
  const { log, entries } = keepLog('warn');
  const { endpoint } = await startBefore(requesting([{ fault: 'crlf' }]), {}, log);
  await (await post(endpoint)).text();
  const body = await (await post(endpoint)).text();
  expect(body).not.toContain('\r');
  expect(textOf(body)).toBe('ab写éef');
  expect(entries()).toMatchObject([{ msg: expect.stringContaining('--wire-faults') }]);
});

test.each(['{', '[{"fault":"unheard-of"}]', '[{"fault":"status","status":200,"body":"json"}]'])(
  'unknown wire faults are an error, not a healthy stream: %s',
  async (json) => {
    const { endpoint } = await startBefore(requesting(json), { wireFaults: true });
    const response = await post(endpoint);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'GENERATION_ERROR',
      details:
        'the agent requests wire faults that this gateway does not know, in x-rehearsal-wire',
    });
  },
);

test.each([
  [400, 'INVALID_REQUEST', 'Bad Request'],
  [401, 'UNAUTHENTICATED', 'Unauthorized'],
  [404, 'NOT_FOUND', 'Not Found'],
  [418, 'INVALID_REQUEST', "I'm a Teapot"],
  [429, 'RATE_LIMITED', 'Too Many Requests'],
  [529, 'GENERATION_ERROR', 'Overloaded'],
  [599, 'GENERATION_ERROR', 'HTTP status 599'],
  [500, 'GENERATION_ERROR', 'Internal Server Error'],
  [502, 'AGENT_UNAVAILABLE', 'Bad Gateway'],
  [503, 'AGENT_UNAVAILABLE', 'Service Unavailable'],
  [504, 'TIMEOUT', 'Gateway Timeout'],
] as const)('the status %i replaces the stream', async (status, code, phrase) => {
  const { endpoint } = await startBefore(
    requesting([{ fault: 'status', status, retryAfterSec: 7, body: 'json' }]),
    { wireFaults: true },
  );
  const response = await post(endpoint);
  expect(response.status).toBe(status);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-expose-headers')).toMatch(/^Retry-After\b/);
  expect(await response.json()).toMatchObject({
    code,
    details: `${phrase} (fault httpStatus of Rehearsal)`,
  });
});

test('a status without Retry-After and with a proxy’s page replaces the stream', async () => {
  const { endpoint } = await startBefore(
    requesting([{ fault: 'status', status: 502, body: 'page' }]),
    {
      wireFaults: true,
    },
  );
  const response = await post(endpoint);
  expect(response.status).toBe(502);
  expect(response.headers.get('retry-after')).toBe(null);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await response.text()).toBe(
    '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><p>fault httpStatus of Rehearsal</p></body></html>\n',
  );
});

test('the stream has another content type', async () => {
  const { head, body } = await readOf({ fault: 'content-type', value: 'text/html' });
  expect(head).toContain('\r\nContent-Type: text/html\r\n');
  expect(textOf(body)).toBe('ab写éef');
});

test.each([
  ['fin', 'end', false],
  ['reset', 'ECONNRESET', false],
  ['end', 'end', true],
] as const)('the stream is cut between two events by %s', async (by, ending, whole) => {
  const { body, ...end } = await readOf({
    fault: 'cut',
    by,
    afterChars: 3,
    afterMs: 0,
    midEvent: false,
  });
  expect(textOf(body)).toBe('ab写');
  expect(body.endsWith('\n\n')).toBe(true);
  expect(end).toMatchObject({ ending, whole });
});

test.each(['fin', 'reset', 'end'] as const)(
  'the stream is cut in the middle of an event by %s',
  async (by) => {
    const { body } = await readOf({ fault: 'cut', by, afterChars: 2, afterMs: 0, midEvent: true });
    expect(body.startsWith(message('ab'))).toBe(true);
    const rest = body.slice(message('ab').length);
    expect(rest.startsWith('event: message\ndata: ')).toBe(true);
    expect(rest).not.toContain('\n\n');
  },
);

test.each(['fin', 'reset', 'end'] as const)(
  'the stream is cut before any text by %s',
  async (by) => {
    const { head, body } = await readOf({
      fault: 'cut',
      by,
      afterChars: 0,
      afterMs: 0,
      midEvent: false,
    });
    expect(head).toContain('200 OK');
    expect(body).toBe('');
  },
);

test('the stream is cut after all text, before the final message', async () => {
  const { body } = await readOf({
    fault: 'cut',
    by: 'end',
    afterChars: 6,
    afterMs: 0,
    midEvent: false,
  });
  expect(textOf(body)).toBe('ab写éef');
  expect(body).not.toContain('"isFinal":true');
});

test('a cut with a time waits for it', async () => {
  const startMs = performance.now();
  const { body } = await readOf({
    fault: 'cut',
    by: 'fin',
    afterChars: 2,
    afterMs: 300,
    midEvent: false,
  });
  expect(textOf(body)).toBe('ab');
  expect(performance.now() - startMs).toBeGreaterThan(299);
});

test('the JSON of one event is truncated, and the others are intact', async () => {
  const { body } = await readOf({ fault: 'event', how: 'malformed', fromChar: 2, toChar: 4 });
  expect(body).toContain('event: message\ndata: {"delta":"写é"\n\n');
  expect(textOf(body)).toBe('ab写éef');
});

test.each<['duplicated' | 'missing' | 'swapped', string]>([
  ['duplicated', 'ab写é写éef'],
  ['missing', 'abef'],
  ['swapped', 'abef写é'],
])('an event is %s', async (how, text) => {
  const { body, whole } = await readOf({
    fault: 'event',
    how,
    fromChar: 2,
    toChar: 4,
    ...(how === 'swapped' ? { nextToChar: 6 } : {}),
  });
  expect(textOf(body)).toBe(text);
  expect(body.split('"isFinal":true')).toHaveLength(2);
  expect(whole).toBe(true);
});

test.each<['duplicated' | 'missing', number]>([
  ['duplicated', 2],
  ['missing', 0],
])('a final message is %s', async (how, count) => {
  const { body } = await readOf({ fault: 'event', how, fromChar: 6, toChar: 6 });
  expect(textOf(body)).toBe('ab写éef');
  expect(body.split('"isFinal":true')).toHaveLength(count + 1);
});

test.each(['missing', 'malformed'] as const)(
  'a client that resumes gets a final message that was %s',
  async (how) => {
    const agent = requesting([{ fault: 'event', how, fromChar: 6, toChar: 6 }]);
    const { url } = await startBefore(agent, { wireFaults: true, pushIntervalMs: 1 });
    const path = `${generatePath}?prompt=a`;
    const struck = await readRaw(url, path);
    expect(textOf(struck.body)).toBe('ab写éef');
    expect(struck.body).not.toContain('~end~');
    const resumed = await readRaw(url, path, { headers: { 'Last-Event-ID': '6~key=k' } });
    expect(resumed.body).toBe(`${message('', true).slice(0, -1)}id: 6~end~\n\n`);
  },
);

test('every byte is written alone, even within a character', async () => {
  const { body, chunks, whole } = await readOf({ fault: 'frames', how: 'torn' });
  expect(textOf(body)).toBe('ab写éef');
  expect(whole).toBe(true);
  expect(chunks.map(({ length }) => length)).toEqual(Array(Buffer.byteLength(body)).fill(1));
});

test('several events are written together, and the remaining ones at the end', async () => {
  const { chunks, body } = await readOf(
    // Messages are split at positions: each chunk is one here.
    { fault: 'event', how: 'duplicated', fromChar: 2, toChar: 4 },
    { fault: 'event', how: 'duplicated', fromChar: 6, toChar: 6 },
    { fault: 'frames', how: 'glued', events: 4 },
  );
  expect(chunks.map((chunk) => chunk.toString().split('\n\n').length - 1)).toEqual([4, 2]);
  expect(textOf(body)).toBe('ab写é写éef');
});

test('bufferedBody sends head and body together at the end', async () => {
  const { url } = await startBefore(
    (call) => {
      const metadata = new Metadata();
      metadata.set(wireMetadata, '[{"fault":"frames","how":"buffered"}]');
      call.sendMetadata(metadata);
      call.write({ delta: 'ab' });
      setTimeout(() => {
        call.write({ delta: 'cd', isFinal: true });
        call.end();
      }, 100);
    },
    { wireFaults: true, eventIds: false },
  );
  const { body, chunks, firstRead } = await readRaw(url, `${generatePath}?prompt=a`);
  expect(body).toBe(message('ab') + message('cd', true));
  expect(chunks).toHaveLength(1);
  expect(firstRead).toContain(body);
});

test('lines end with CR LF', async () => {
  const { body } = await readOf({ fault: 'crlf' });
  expect(body.startsWith('event: message\r\ndata: {"delta":"ab')).toBe(true);
  expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(textOf(body)).toBe('ab写éef');
});

test('a silent stream has no pings', async () => {
  const silent =
    (faults: WireFault[]): AgentScript =>
    (call) => {
      const metadata = new Metadata();
      metadata.set(wireMetadata, JSON.stringify(faults));
      call.sendMetadata(metadata);
      setTimeout(() => {
        call.write({ delta: '', isFinal: true });
        call.end();
      }, 500);
    };
  const read = async (faults: WireFault[]) => {
    const options = { wireFaults: true, pingIntervalMs: 20 };
    const { endpoint } = await startBefore(silent(faults), options);
    return (await post(endpoint)).text();
  };
  expect(await read([{ fault: 'crlf' }])).toContain('event: ping');
  expect(await read([{ fault: 'no-pings' }])).not.toContain('event: ping');
});

test('the call of a cut stream is cancelled', async () => {
  let cancelled = 0;
  const gateway = await startBefore(
    (call) => {
      call.once('cancelled', () => (cancelled += 1));
      const metadata = new Metadata();
      const cut = { fault: 'cut', by: 'fin', afterChars: 2, afterMs: 0, midEvent: false };
      metadata.set(wireMetadata, JSON.stringify([cut]));
      call.sendMetadata(metadata);
      call.write({ delta: 'ab' });
    },
    { wireFaults: true },
  );
  await expect((await post(gateway.endpoint)).text()).rejects.toThrow('terminated');
  await expect.poll(() => [cancelled, gateway.openStreams()]).toEqual([1, 0]);
});
