import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';

import { expect, test } from 'vitest';

import type { RequestObserver } from '../observer.ts';
import { generatePath } from '../../proto/interface.ts';
import type { WireFault } from '../../proto/wire-fault.ts';
import { message, requesting, textOf } from '../testing/faulty-agent.ts';
import { askHttp2, connectHttp2, startHttps } from '../testing/http2-client.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { sayHello } from '../testing/start-before.ts';

const target = `${generatePath}?prompt=a`;

const never = new AbortController().signal;

type Call = Parameters<AgentScript>[0];

/** An agent whose calls the test ends; they say a text when they begin. */
function heldAgent(delta = 'some text') {
  const calls: Call[] = [];
  return {
    calls,
    script: (call: Call) => {
      call.write({ delta });
      calls.push(call);
    },
    finish(call: Call) {
      call.write({ delta: ' and its end', isFinal: true });
      call.end();
    },
  };
}

/** Sends a request, and resolves once its stream has brought bytes. */
async function openHttp2(session: ClientHttp2Session) {
  const answer = session.request({ ':path': target });
  answer.on('error', () => {});
  await once(answer, 'data');
  return answer;
}

test('a client that resets one stream cancels its call, and no other', async () => {
  const { script, calls, finish } = heldAgent();
  const { url, ca, openStreams } = await startHttps(script);
  const session = connectHttp2(url, ca);
  const left = await openHttp2(session);
  const kept = await openHttp2(session);
  const [first, second] = calls;
  if (first === undefined || second === undefined) throw new Error('there are no calls');
  const cancelled = once(first, 'cancelled');
  left.close(8);
  await cancelled;
  expect(openStreams()).toBe(1);
  let rest = '';
  kept.setEncoding('utf8').on('data', (part: string) => (rest += part));
  finish(second);
  await once(kept, 'close');
  expect(rest).toContain(' and its end');
  expect(openStreams()).toBe(0);
});

test('a stream that is not read ends alone, and says so', async () => {
  const delta = 'x'.repeat(50_000);
  const { url, ca, openStreams } = await startHttps(
    (call) => {
      if (call.request.prompt !== 'a') {
        sayHello(call);
        return;
      }
      const more = () => {
        while (call.write({ delta }));
        call.once('drain', more);
      };
      more();
    },
    { unreadLimitMs: 1000 },
  );
  const session = connectHttp2(url, ca);
  const unread = session.request({ ':path': target });
  unread.on('error', () => {}).pause();
  await once(unread, 'response');
  const beside = await askHttp2(session, `${generatePath}?prompt=b`);
  expect(textOf(beside.body)).toBe('Hello!');
  await expect.poll(openStreams).toBe(0);
  expect((await askHttp2(session, '/healthz')).status).toBe(200);
});

const wireOf = async (...faults: WireFault[]) => {
  const { url, ca } = await startHttps(requesting(faults), { wireFaults: true, pushIntervalMs: 1 });
  return { session: connectHttp2(url, ca), url, ca };
};

test.each([
  ['fin', 'INTERNAL_ERROR'],
  ['end', 'end'],
] as const)('a cut by %s ends its stream with %s, and no other', async (by, ending) => {
  const { session } = await wireOf({
    fault: 'cut',
    by,
    afterChars: 3,
    afterMs: 0,
    midEvent: false,
  });
  const [one, other] = await Promise.all([askHttp2(session, target), askHttp2(session, target)]);
  expect([one, other].map(({ body }) => textOf(body))).toEqual(['ab写', 'ab写']);
  expect([one?.ending, other?.ending]).toEqual([ending, ending]);
  expect((await askHttp2(session, '/healthz')).status).toBe(200);
});

test('a reset takes the connection with all of its streams', async () => {
  const { session } = await wireOf({
    fault: 'cut',
    by: 'reset',
    afterChars: 3,
    afterMs: 0,
    midEvent: false,
  });
  const closed = new Promise((resolve) => session.once('close', resolve));
  const { body, ending } = await askHttp2(session, target);
  expect(textOf(body)).toBe('ab写');
  expect(ending).toBe('ECONNRESET');
  await closed;
});

test.each([
  [{ fault: 'frames', how: 'torn' }],
  [{ fault: 'frames', how: 'glued', events: 3 }],
  [{ fault: 'frames', how: 'buffered' }],
  [{ fault: 'crlf' }],
  [{ fault: 'content-type', value: 'text/html' }],
] satisfies [WireFault][])('a fault of the layout leaves the text: %j', async (fault) => {
  const { session } = await wireOf(fault);
  const { body, ending, headers } = await askHttp2(session, target);
  expect(textOf(body.replaceAll('\r\n', '\n'))).toBe('ab写éef');
  expect(ending).toBe('end');
  const type = fault.fault === 'content-type' ? fault.value : 'text/event-stream';
  expect(headers['content-type']).toBe(type);
});

test('an event is cut in its middle', async () => {
  const { session } = await wireOf({
    fault: 'cut',
    by: 'fin',
    afterChars: 2,
    afterMs: 0,
    midEvent: true,
  });
  const { body, ending } = await askHttp2(session, target);
  expect(body.startsWith(message('ab'))).toBe(true);
  expect(body.endsWith('\n\n')).toBe(false);
  expect(ending).toBe('INTERNAL_ERROR');
});

test('a whole answer is cut by a reset of its stream', async () => {
  const { session } = await wireOf({
    fault: 'cut',
    by: 'fin',
    afterChars: 0,
    afterMs: 0,
    midEvent: false,
  });
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  const answer = await askHttp2(session, '/v1/chat/completions', { body });
  expect(answer).toMatchObject({ status: undefined, body: '', ending: 'INTERNAL_ERROR' });
});

test('a draining gateway lets open streams end, and refuses what is new with 503', async () => {
  const { script, calls, finish } = heldAgent();
  const gateway = await startHttps(script);
  const session = connectHttp2(gateway.url, gateway.ca);
  const open = await openHttp2(session);
  const goaway = once(session, 'goaway');
  const drained = gateway.drain(60_000, never);
  await goaway;
  const other = connectHttp2(gateway.url, gateway.ca);
  const otherClosed = once(other, 'close');
  const refused = await askHttp2(other, target);
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  await otherClosed;
  let rest = '';
  open.setEncoding('utf8').on('data', (part: string) => (rest += part));
  for (const call of calls) finish(call);
  await once(open, 'close');
  expect(rest).toContain(' and its end');
  await drained;
});

test('a gateway that closes tells open streams why, and ends their connection', async () => {
  const { script } = heldAgent();
  const gateway = await startHttps(script);
  const session = connectHttp2(gateway.url, gateway.ca);
  const open = await openHttp2(session);
  let rest = '';
  open.setEncoding('utf8').on('data', (part: string) => (rest += part));
  const closed = once(session, 'close');
  await gateway.close();
  await closed;
  expect(rest).toContain('SHUTTING_DOWN');
});

test('what is written comes as it was, however often it is asked whether it is out', async () => {
  const words = Array.from({ length: 3000 }, (_, index) => `词${index} `);
  let acknowledged = 0;
  const observer: RequestObserver = {
    arrived: () => ({ acknowledged: () => (acknowledged += 1) }),
  };
  const { url, ca } = await startHttps(
    (call) => {
      for (const delta of words) call.write({ delta });
      call.write({ delta: '', isFinal: true });
      call.end();
    },
    {},
    undefined,
    { observers: [observer] },
  );
  const session = connectHttp2(url, ca);
  // Each chunk is sent by itself in this format.
  const body = JSON.stringify({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
  });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => askHttp2(session, '/v1/chat/completions', { body })),
  );
  for (const answer of answers) {
    const texts = [...answer.body.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text);
    expect(texts.join('')).toBe(words.join(''));
  }
  expect(acknowledged).toBeGreaterThan(words.length);
});
