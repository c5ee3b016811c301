import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import { generatePath } from '../../proto/interface.ts';
import { createJournal } from '../control/journal.ts';
import { createOpenStreams } from '../control/open-streams.ts';

const text = 'The text of an answer that a test walks through.';

/** Starts an agent with one text and its faults, a gateway, and what acts on open streams. */
async function start(faults: unknown[], gatewayOptions: object = {}) {
  const log = pino({ level: 'silent' });
  const journal = createJournal();
  const streams = createOpenStreams(journal.entryOf, (id, command) => agent.command(id, command));
  const behaviour = behaviourSchema.parse({
    text: { given: text },
    firstToken: '0ms',
    interToken: '1ms',
    faults,
  });
  const agent = await startMockAgent({
    scenarios: [{ name: 'test', behaviour, cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log,
    onHold: streams.held,
  });
  const gateway = await startGateway(
    {
      port: 0,
      agentAddress: agent.address,
      wireFaults: true,
      pushIntervalMs: 1,
      closeGraceMs: 100,
      ...gatewayOptions,
    },
    log,
    { prepare: streams.prepare, observers: [journal.observer, streams.observer] },
  );
  onTestFinished(async () => {
    await gateway.close();
    await agent.close();
  });
  return { endpoint: `${gateway.url}${generatePath}?prompt=a`, journal, streams };
}

/** Sends a GET, and reads its answer in the background. */
async function read(url: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  let body = '';
  const work = async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) body += decoder.decode(bytes, { stream: true });
  };
  const ended = work().then(
    () => true,
    () => false,
  );
  return {
    ended,
    leave: () => leaving.abort(),
    text: () =>
      [...body.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)]
        .map(([, json = '""']) => JSON.parse(json) as string)
        .join(''),
    lastId: () => [...body.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '',
    count: (event: string) => body.split(`event: ${event}\n`).length - 1,
    body: () => body,
    malformed: () => [...body.matchAll(/^data: (.*)$/gm)].filter(([, data = '']) => !isJson(data)),
  };
}

function isJson(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

test.each([{ chars: 12 }, { chunks: 3 }, 'underway', { time: '3ms' }])(
  'a stream that was held at %j and is resumed there goes on: its hold is over',
  async (at) => {
    const { endpoint, journal, streams } = await start([{ hold: { at } }]);
    const first = await read(endpoint);
    await expect.poll(() => streams.list()[0]?.isHeld).toBe(true);
    const [held] = streams.list();
    // Resolves once the client has been sent all of it.
    const { chars } = await streams.act(held?.id ?? '', { do: 'hold', pings: true }, 10_000);
    await expect.poll(() => first.text().length).toBe(chars);
    const shown = first.text();
    expect(text).not.toBe(shown);
    first.leave();
    const second = await read(endpoint, { 'Last-Event-ID': first.lastId() });
    expect(await second.ended).toBe(true);
    expect(shown + second.text()).toBe(text);
    await expect
      .poll(() => journal.entries().map(({ end }) => end))
      .toEqual(['client-left', 'final']);
  },
);

test('a stream that is resumed before its hold is held there', async () => {
  const { endpoint, streams } = await start([
    { hold: { at: { chars: 5 } } },
    { hold: { at: { chars: 20 } } },
  ]);
  const first = await read(endpoint);
  await expect.poll(first.text).toBe(text.slice(0, 5));
  first.leave();
  const second = await read(endpoint, { 'Last-Event-ID': first.lastId() });
  await expect.poll(second.text).toBe(text.slice(5, 20));
  const [stream] = streams.list();
  expect(stream).toMatchObject({ isHeld: true, lastEventId: first.lastId() });
  await streams.act(stream?.id ?? '', { do: 'release' }, 10_000);
  expect(await second.ended).toBe(true);
  expect(first.text() + second.text()).toBe(text);
});

test('a hold without pings has none until it is released', async () => {
  const { endpoint, streams } = await start([{ hold: { at: { chars: 12 }, pings: false } }], {
    pingIntervalMs: 20,
  });
  const received = await read(endpoint);
  await expect.poll(received.text).toBe(text.slice(0, 12));
  const pings = received.count('ping');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(received.count('ping')).toBe(pings);
  const { id } = streams.list()[0] ?? { id: '' };
  await streams.act(id, { do: 'hold', pings: true }, 10_000);
  await expect.poll(() => received.count('ping')).toBeGreaterThan(pings);
  await streams.act(id, { do: 'hold', pings: false }, 10_000);
  await streams.act(id, { do: 'release' }, 10_000);
  expect(await received.ended).toBe(true);
  expect(received.text()).toBe(text);
});

test.each([
  [0, 'TIMEOUT', '"details":"the stream reached its time limit"'],
  [60_000, 'final', '"isFinal":true'],
])(
  'with a hold limit of %i ms a stream held beyond its own limit ends with %s',
  async (holdLimitMs, end, last) => {
    const streamLimitMs = 1000;
    const { endpoint, journal, streams } = await start([{ hold: { at: { chars: 12 } } }], {
      streamLimitMs,
      holdLimitMs,
    });
    const received = await read(endpoint);
    await expect.poll(received.text).toBe(text.slice(0, 12));
    // Past the limit, and past the second by which the deadline of the agent's call is later.
    await new Promise((resolve) => setTimeout(resolve, streamLimitMs + 1500));
    const [stream] = streams.list();
    if (stream !== undefined) await streams.act(stream.id, { do: 'release' }, 10_000);
    expect(await received.ended).toBe(true);
    expect(journal.entries()).toMatchObject([{ end }]);
    expect(received.body()).toContain(last);
  },
);

test.each(['swappedEvents', 'duplicatedEvent', 'missingEvent', 'malformedJson'])(
  '%s strikes a message in which a test holds the stream',
  async (name) => {
    const answerWith = async (place: number | undefined) => {
      const { endpoint, streams } = await start([
        { [name]: { at: { chars: 10 } } },
        { hold: { at: 'start' } },
      ]);
      const received = await read(endpoint);
      await expect.poll(() => streams.list()[0]?.isHeld).toBe(true);
      const { id } = streams.list()[0] ?? { id: '' };
      if (place !== undefined) {
        const at = { chars: place };
        await streams.act(id, { do: 'until', at, pings: true, limitMs: 10_000 }, 10_000);
      }
      await streams.act(id, { do: 'release' }, 10_000);
      await received.ended;
      return { text: received.text(), malformed: received.malformed().length };
    };
    const walked = await answerWith(12);
    expect(walked).not.toEqual({ text, malformed: 0 });
    expect(walked).toEqual(await answerWith(undefined));
  },
);
