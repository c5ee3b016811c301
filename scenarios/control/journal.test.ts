import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { formatEventId } from '../../gateway/http/event-id.ts';
import type { AgentScript } from '../../gateway/testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../../gateway/testing/start-before.ts';
import { createJournal, type Journal, type JournalEntry } from './journal.ts';

const startRecorded = async (script: AgentScript, options = {}) => {
  const journal = createJournal();
  const gateway = await startBefore(script, options, undefined, {
    observers: [journal.observer],
  });
  return { journal, ...gateway };
};

/** The only entry, once its request is over. */
async function settled(journal: Journal): Promise<JournalEntry> {
  await expect.poll(() => journal.entries()[0]).toMatchObject({ durationMs: expect.any(Number) });
  return journal.entries()[0] as JournalEntry;
}

test('a stream that ends well is recorded with what was written and acknowledged', async () => {
  const { journal, endpoint } = await startRecorded(sayHello);
  await (await post(endpoint, { prompt: 'a', model: 'm' }, { 'x-rehearsal-test': 't 1' })).text();
  expect(await settled(journal)).toMatchObject({
    test: 't 1',
    transport: 'POST',
    prompt: 'a',
    model: 'm',
    lastEventId: null,
    status: 200,
    chars: 6,
    end: 'final',
    endedBy: 'server',
    firstChunkMs: expect.any(Number),
  });
  const { messages } = journal.entries()[0] as JournalEntry;
  expect(messages.written).toBeGreaterThan(0);
  await expect.poll(() => journal.entries()[0]?.messages.acknowledged).toBe(messages.written);
});

test('a client that leaves is not a server that ends', async () => {
  const { journal, endpoint } = await startRecorded((call) => call.write({ delta: 'Hello' }));
  const leaving = new AbortController();
  const response = await fetch(`${endpoint}?prompt=a&test=t2`, { signal: leaving.signal });
  await response.body?.getReader().read();
  expect(journal.entries('t2')).toMatchObject([{ end: null, endedBy: null, durationMs: null }]);
  leaving.abort();
  expect(await settled(journal)).toMatchObject({ end: 'client-left', endedBy: 'client' });
});

test('the longest life of a stream is an end of its own', async () => {
  const { journal, endpoint } = await startRecorded((call) => call.write({ delta: 'Hello' }), {
    streamLimitMs: 2000,
  });
  await (await post(endpoint)).text();
  expect(await settled(journal)).toMatchObject({ end: 'TIMEOUT', endedBy: 'limit', chars: 5 });
});

test('a request that is refused before it was read has an entry too, and no token is in it', async () => {
  const { journal, endpoint } = await startRecorded(sayHello, { auth: ['secret-1'] });
  await post(endpoint, { prompt: 'a' }, { Authorization: 'Bearer secret-2' });
  expect(await settled(journal)).toMatchObject({
    status: 401,
    prompt: null,
    end: 'UNAUTHENTICATED',
    endedBy: 'server',
  });
  expect(JSON.stringify(journal.entries())).not.toContain('secret');
});

test('a client that reconnects after the end is recorded as such', async () => {
  const { journal, endpoint } = await startRecorded(sayHello);
  const lastEventId = formatEventId(9, true, '');
  await fetch(`${endpoint}?prompt=a`, { headers: { 'Last-Event-ID': lastEventId } });
  expect(await settled(journal)).toMatchObject({ status: 204, end: 'nothing-more', lastEventId });
});

test('WebSockets are in it as well', async () => {
  const { journal, endpoint } = await startRecorded(sayHello);
  const socket = new WebSocket(`${endpoint.replace('http', 'ws')}?prompt=a&test=ws`);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(await settled(journal)).toMatchObject({
    test: 'ws',
    transport: 'websocket',
    status: 101,
    chars: 6,
    end: 'final',
  });
});

test('a thousand entries are kept, and the discarded ones are counted', () => {
  const journal = createJournal();
  const message = new IncomingMessage(new Socket());
  for (let n = 0; n < 1003; n += 1) {
    journal.observer.arrived?.({ transport: 'GET', message, query: { test: `t${n}` } });
  }
  expect(journal.entries()).toHaveLength(1000);
  expect(journal.entries()[0]?.test).toBe('t3');
  expect(journal.dropped()).toBe(3);
  journal.clear('t5');
  expect(journal.entries('t5')).toEqual([]);
  expect(journal.entries()).toHaveLength(999);
  journal.clear();
  expect(journal.entries()).toEqual([]);
  expect(journal.dropped()).toBe(0);
});
