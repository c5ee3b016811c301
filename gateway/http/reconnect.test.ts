import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { formatEventId, parseEventId, replayTokenOf } from './event-id.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';
import { endCall, type AgentScript } from '../testing/scripted-agent.ts';

/** An agent that can repeat a stream, and says how: Hel, lo 世界, and an empty final. */
const repeatable =
  (seen: Record<string, unknown>[], breakAfter = 9, how = status.INTERNAL): AgentScript =>
  (call) => {
    const { 'user-agent': _, ...asked } = call.metadata.getMap();
    seen.push(asked);
    const said = new Metadata();
    said.set('x-rehearsal-key', 'k-1');
    said.set('x-rehearsal-wire', '[]');
    call.sendMetadata(said);
    const chunks = ['Hel', 'lo ', '世界'];
    for (const delta of chunks.slice(0, breakAfter)) call.write({ delta });
    if (breakAfter < chunks.length) {
      endCall(call, how, 'boom');
      return;
    }
    call.write({ delta: '', isFinal: true });
    call.end();
  };

const token = replayTokenOf({ 'x-rehearsal-key': 'k-1' });

const textOf = (body: string) =>
  [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');

const get = (endpoint: string, lastEventId?: string, query = '') =>
  fetch(`${endpoint}?prompt=a${query}`, {
    headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
  });

test('every message of a GET has an id with its position; pings have none', async () => {
  const { endpoint } = await startBefore(repeatable([]), { pushIntervalMs: 1 });
  const body = await (await get(endpoint)).text();
  const ids = [...body.matchAll(/^id: (.*)$/gm)].map(([, id]) => parseEventId(id ?? ''));
  expect(ids.every((id) => [3, 6, 8].includes(Number(id?.position)))).toBe(true);
  expect(ids.at(-1)).toMatchObject({ position: 8, isEnd: true });
  expect(ids.slice(0, -1).some((id) => id?.isEnd)).toBe(false);
  expect(ids[0]?.replay).toEqual({ 'x-rehearsal-key': 'k-1' });
  expect(body).toMatch(/^event: message\ndata: \{.*\}\nid: \d+~key=k-1\n\n/);
});

test('the frames of a POST are those of the specification unless it requests ids', async () => {
  const { endpoint } = await startBefore(repeatable([]), { pushIntervalMs: 1 });
  expect(await (await post(endpoint)).text()).not.toContain('id:');
  const body = await (await post(`${endpoint}?ids=true`)).text();
  expect(body).toMatch(/^event: message\ndata: \{.*\}\nid: \d+~key=k-1\n\n/);
  expect(body).toMatch(/"isFinal":true\}\nid: 8~end~key=k-1\n\n$/);
  const wrong = await post(`${endpoint}?ids=yes`);
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ details: 'query ids: must be true, or left out' });
});

test('a POST with the id of an event gets the remaining stream, with ids', async () => {
  const seen: Record<string, unknown>[] = [];
  const { endpoint } = await startBefore(repeatable(seen), { pushIntervalMs: 1 });
  const prompt = '写'.repeat(100_000);
  const resume = (id: string) => post(endpoint, { prompt }, { 'Last-Event-ID': id });
  const body = await (await resume(formatEventId(7, false, token))).text();
  expect(textOf(body)).toBe('界');
  expect(body).toMatch(/"isFinal":true\}\nid: 8~end~key=k-1\n\n$/);
  expect(seen).toEqual([{ 'x-rehearsal-key': 'k-1', 'x-rehearsal-resume': '7' }]);
  expect((await resume(formatEventId(8, true, token))).status).toBe(204);
  expect((await (await resume('x')).text()).includes('id:')).toBe(false);
});

test('every event has its id, however late the agent describes the stream', async () => {
  const late = (delayMs: number): AgentScript => {
    const script = repeatable([]);
    return (call) => void setTimeout(() => script(call), delayMs);
  };
  const { endpoint } = await startBefore(late(150), { pushIntervalMs: 1, acceptWaitMs: 20 });
  const whole = await (await get(endpoint)).text();
  expect(whole.match(/^id: /gm)?.length).toBe(whole.match(/^event: message$/gm)?.length);
  const rest = await (await get(endpoint, formatEventId(4, false, token))).text();
  expect(textOf(rest)).toBe('o 世界');
  expect(rest.match(/^id: /gm)?.length).toBe(rest.match(/^event: message$/gm)?.length);
  expect(rest).toMatch(/"isFinal":true\}\nid: 8~end~key=k-1\n\n$/);
});

test('a client that reconnects after the end gets a 204, and nothing is generated', async () => {
  const seen: Record<string, unknown>[] = [];
  const { endpoint } = await startBefore(repeatable(seen));
  const response = await get(endpoint, formatEventId(8, true, token));
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(await response.text()).toBe('');
  expect(seen).toEqual([]);
});

const lastIdOf = (body: string) => /event: error\ndata: .*\nid: (.*)\n\n$/.exec(body)?.[1];

test.each([
  ['INTERNAL', '3~end~key=k-1'],
  ['INVALID_ARGUMENT', '3~end~key=k-1'],
  ['DEADLINE_EXCEEDED', '3~end~key=k-1'],
  ['UNAVAILABLE', '3~key=k-1'],
  ['RESOURCE_EXHAUSTED', '3~key=k-1'],
  ['ABORTED', '3~key=k-1'],
] as const)('after an error of %s the last id is %s', async (how, id) => {
  const options = { pushIntervalMs: 1 };
  const { endpoint } = await startBefore(repeatable([], 1, status[how]), options);
  expect(lastIdOf(await (await get(endpoint)).text())).toBe(id);
});

test('a stream that fails again without progress ends for good', async () => {
  const { endpoint } = await startBefore(repeatable([], 2, status.UNAVAILABLE), {
    pushIntervalMs: 1,
  });
  const further = await (await get(endpoint, formatEventId(3, false, token))).text();
  expect(textOf(further)).toBe('lo ');
  expect(lastIdOf(further)).toBe('6~key=k-1');
  const stuck = await (await get(endpoint, '6~key=k-1')).text();
  expect(textOf(stuck)).toBe('');
  expect(lastIdOf(stuck)).toBe('6~end~key=k-1');
});

/** Closes a gateway once its response has started and contains a text; returns the fields of the last event. */
async function lastBlockOf(
  script: AgentScript,
  { text = '', lastEventId }: { text?: string; lastEventId?: string },
  acceptWaitMs = 60_000,
) {
  const gateway = await startBefore(script, { acceptWaitMs, retryMs: 50 });
  // The headers arrive with the agent's metadata, or after `acceptWaitMs`.
  const response = await get(gateway.endpoint, lastEventId);
  const decoder = new TextDecoder();
  let body = '';
  const read = async () => {
    for await (const bytes of response.body ?? []) body += decoder.decode(bytes, { stream: true });
  };
  const ended = read();
  await expect.poll(() => body).toContain(text);
  await gateway.close();
  await ended;
  return body.split('\n\n').at(-2)?.split('\n').slice(2);
}

test('streams can be resumed after a shutdown of the gateway', async () => {
  const open: AgentScript = (call) => {
    const metadata = new Metadata();
    metadata.set('x-rehearsal-key', 'k-1');
    call.sendMetadata(metadata);
    call.write({ delta: 'Hel' });
  };
  const resume = { lastEventId: '3~key=k-1' };
  expect(await lastBlockOf(open, { text: 'Hel' })).toEqual(['id: 3~key=k-1', 'retry: 3000']);
  // Again with the same id, since nothing new arrived the second time.
  expect(await lastBlockOf(open, resume)).toEqual(['id: 3~key=k-1', 'retry: 3000']);
  // The agent has not described its stream: the client keeps its id.
  expect(await lastBlockOf(() => {}, resume, 20)).toEqual(['retry: 3000']);
  // The agent never describes its stream: nothing can be resumed.
  const undescribed: AgentScript = (call) => void call.write({ delta: 'Hel' });
  expect(await lastBlockOf(undescribed, { text: 'Hel' })).toEqual(['id: 3~end~', 'retry: 3000']);
});

test('a client that reconnects in the middle gets the rest of the same stream', async () => {
  const seen: Record<string, unknown>[] = [];
  const { endpoint } = await startBefore(repeatable(seen), { pushIntervalMs: 1 });
  const body = await (await get(endpoint, formatEventId(7, false, token), '&key=other')).text();
  expect(textOf(body)).toBe('界');
  expect(body).toMatch(/"isFinal":true\}\nid: 8~end~/);
  expect(seen).toEqual([{ 'x-rehearsal-key': 'k-1', 'x-rehearsal-resume': '7' }]);
});

test('an agent that does not describe its stream cannot repeat it, so only the end has an id', async () => {
  const { endpoint } = await startBefore(sayHello, { pushIntervalMs: 1 });
  const body = await (await get(endpoint)).text();
  expect(body.match(/^id: .*$/gm)).toEqual(['id: 6~end~']);
  expect((await get(endpoint, '6~end~')).status).toBe(204);
});

test.each(['', 'x', '5', 'end~', '-1~key=a', '1234567890~'])(
  'an id of another form (%j) starts a stream from its beginning',
  async (id) => {
    const seen: Record<string, unknown>[] = [];
    const { endpoint } = await startBefore(repeatable(seen));
    const body = await (await get(endpoint, id)).text();
    expect(body).toContain('"delta":"Hel');
    expect(seen).toEqual([{}]);
  },
);

test('an id with invalid metadata is a 400', async () => {
  const { endpoint } = await startBefore(repeatable([]));
  for (const token of ['key=%C3%BC', 'key=a%0Ab', '%20=a', 'key-bin=a']) {
    expect((await get(endpoint, formatEventId(3, false, token))).status).toBe(400);
  }
});

test('ids can be turned off, and the reconnection time can be set', async () => {
  const { endpoint } = await startBefore(sayHello, { eventIds: false, retryMs: 1500 });
  const body = await (await get(endpoint)).text();
  expect(body.startsWith('retry: 1500\n\nevent: message\n')).toBe(true);
  expect(body).not.toContain('id:');
  expect((await get(endpoint, '6~end~')).status).toBe(200);
});

test('frames=data omits the event names', async () => {
  const pinging: AgentScript = (call) => {
    call.write({ delta: 'Hel' });
    setTimeout(() => {
      call.write({ delta: 'lo' });
      endCall(call, 13, 'boom');
    }, 400);
  };
  const { endpoint } = await startBefore(pinging, { pingIntervalMs: 25, eventIds: false });
  for (const response of [
    await get(endpoint, undefined, '&frames=data'),
    await post(`${endpoint}?frames=data`),
  ]) {
    const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
    const data = blocks.filter((block) => block.startsWith('data: '));
    expect(data.map((block) => JSON.parse(block.slice(6)) as object)).toEqual([
      { delta: 'Hel', isFinal: false },
      { delta: 'lo', isFinal: false },
      expect.objectContaining({ code: 'GENERATION_ERROR' }),
    ]);
    const others = blocks.filter((block) => !block.startsWith('data: '));
    expect(others.length).toBeGreaterThan(0);
    expect(others.every((block) => block.startsWith(': ping {"timestamp":'))).toBe(true);
  }
  const wrong = await get(endpoint, undefined, '&frames=all');
  expect(wrong.status).toBe(400);
});
