import parsePrometheus from 'parse-prometheus-text-format';
import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import type { GatewayStatus } from './monitor.ts';
import { endCall, type AgentScript } from '../testing/scripted-agent.ts';
import { keepLog } from '../testing/keep-log.ts';
import { post, sayHello, startBefore, startGatewayBefore } from '../testing/start-before.ts';

const neverEnd: AgentScript = (call) => {
  call.write({ delta: 'text' });
};

/** What Prometheus would read, by metric; a parser that is not ours takes the text apart. */
async function scrape(url: string) {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const metrics = new Map(parsePrometheus(await response.text()).map((each) => [each.name, each]));
  const samples = (name: string) => metrics.get(`rehearsal_gateway_${name}`)?.metrics ?? [];
  return {
    names: [...metrics.keys()],
    samples,
    value: (name: string) => Number(samples(name)[0]?.value),
    /** The samples of a counter that are not zero, by their one label. */
    counts: (name: string) =>
      Object.fromEntries(
        samples(name)
          .filter(({ value }) => value !== '0')
          .map(({ labels, value }) => [Object.values(labels ?? {})[0], Number(value)]),
      ),
  };
}

const statusOf = async (url: string): Promise<GatewayStatus> =>
  (await (await fetch(`${url}/status`)).json()) as GatewayStatus;

test('a new gateway has every series at zero, and no data for the targets', async () => {
  const { url } = await startBefore(sayHello, { version: '1.2.3' });
  const { names, samples, counts, value } = await scrape(url);
  expect(names.map((name) => name.replace('rehearsal_gateway_', ''))).toEqual([
    'requests_total',
    'streams_ended_total',
    'first_chunk_seconds',
    'interval_seconds',
    'stream_duration_seconds',
    'messages_total',
    'buffer_pauses_total',
    'pings_total',
    'open_streams',
    'event_loop_delay_seconds',
  ]);
  expect(samples('streams_ended_total').map(({ labels }) => labels?.['cause'])).toEqual(
    expect.arrayContaining(['completed', 'client-left', 'not-read', 'cut', 'GENERATION_ERROR']),
  );
  expect(counts('requests_total')).toEqual({});
  expect(value('messages_total')).toBe(0);
  expect(await statusOf(url)).toMatchObject({
    version: '1.2.3',
    openStreams: 0,
    windowSec: 60,
    targets: {
      firstChunkMs: { state: 'no data', value: null },
      connectionSuccess: { state: 'no data', value: null },
      concurrentStreams: { state: 'ok', value: 0 },
    },
  });
});

test('the bounds of the histograms include the targets and alarms (E3)', async () => {
  const { url } = await startBefore(sayHello);
  const { samples } = await scrape(url);
  const borders = (name: string) => Object.keys(samples(name)[0]?.buckets ?? {});
  const { firstChunkMs, intervalMs } = (await statusOf(url)).targets;
  for (const [name, limits] of [
    ['first_chunk_seconds', firstChunkMs],
    ['interval_seconds', intervalMs],
  ] as const) {
    expect(borders(name)).toContain(String(limits.target / 1000));
    expect(borders(name)).toContain(String(limits.alarm / 1000));
  }
});

test('the metrics contain the response, the times and the end of every stream', async () => {
  const { url, endpoint, openStreams } = await startBefore((call) => {
    switch (call.request.prompt) {
      case 'fails':
        call.write({ delta: 'half' });
        call.write({ error: 'boom' });
        call.end();
        return;
      case 'refused':
        endCall(call, status.RESOURCE_EXHAUSTED, 'later');
        return;
      case 'stays':
        neverEnd(call);
        return;
      default:
        sayHello(call);
    }
  });
  await (await post(endpoint)).text();
  await (await post(endpoint, { prompt: 'fails' })).text();
  await (await post(endpoint, { prompt: 'refused' })).text();
  await (await post(endpoint, {})).text();
  await fetch(endpoint, { method: 'HEAD' });
  const leaving = new AbortController();
  const left = await fetch(`${endpoint}?prompt=stays`, { signal: leaving.signal });
  await left.body?.getReader().read();

  const during = await scrape(url);
  expect(during.value('open_streams')).toBe(1);
  // Those of the stream that is still open are counted already.
  expect(during.value('messages_total')).toBe(4);
  leaving.abort();
  await expect.poll(openStreams).toBe(0);

  const { counts, value, samples } = await scrape(url);
  expect(counts('requests_total')).toEqual({
    stream: 3,
    RATE_LIMITED: 1,
    INVALID_REQUEST: 1,
    METHOD_NOT_ALLOWED: 1,
  });
  expect(counts('streams_ended_total')).toEqual({
    completed: 1,
    GENERATION_ERROR: 1,
    'client-left': 1,
  });
  expect(value('open_streams')).toBe(0);
  expect(value('messages_total')).toBe(4);
  expect(samples('first_chunk_seconds')[0]).toMatchObject({ count: '3' });
  expect(samples('stream_duration_seconds')[0]).toMatchObject({ count: '3' });
  // Only one of them had two messages.
  expect(samples('interval_seconds')[0]).toMatchObject({ count: '1' });

  const { targets } = await statusOf(url);
  // A request that is wrong is not the service's failure; one that it has no room for is.
  expect(targets.connectionSuccess).toMatchObject({ state: 'alarm', value: 3 / 4 });
  expect(targets.concurrentStreams.value).toBe(1);
  expect(targets.firstChunkMs.value).toBeGreaterThan(0);
});

test('an agent that is down raises the alarm of connections', async () => {
  const { url, endpoint } = await startGatewayBefore('127.0.0.1:1');
  expect((await post(endpoint)).status).toBe(503);
  expect((await statusOf(url)).targets.connectionSuccess).toMatchObject({
    state: 'alarm',
    value: 0,
  });
  expect((await scrape(url)).counts('requests_total')).toEqual({ AGENT_UNAVAILABLE: 1 });
});

test.each([
  // Long enough for a busy machine to send more than the buffers between gateway and client hold.
  ['at the end of its stream’s time', { streamLimitMs: 2000 }],
  ['for too long', { unreadLimitMs: 300 }],
])('a client that does not read %s is distinguished from one that leaves', async (_, options) => {
  const { log, entries } = keepLog('info');
  const delta = 'x'.repeat(1_000_000);
  const { url, endpoint, openStreams } = await startBefore(
    (call) => {
      for (let count = 0; count < 30; count += 1) call.write({ delta });
    },
    options,
    log,
  );
  const held = await post(endpoint);
  await expect.poll(openStreams).toBe(0);
  expect((await scrape(url)).counts('streams_ended_total')).toEqual({ 'not-read': 1 });
  // It is no failure of the gateway's.
  expect(entries()).toMatchObject([{ msg: 'stream', cause: 'not-read' }]);
  await expect(held.text()).rejects.toThrow('terminated');
});

const wireFault = (fault: WireFault): AgentScript => {
  return (call) => {
    const metadata = new Metadata();
    metadata.set(wireMetadata, JSON.stringify([fault]));
    call.sendMetadata(metadata);
    neverEnd(call);
  };
};

test('a stream cut by a wire fault does not count as one that its client left', async () => {
  const { url, endpoint, openStreams } = await startBefore(
    wireFault({ fault: 'cut', by: 'reset', afterChars: 2, afterMs: 0, midEvent: false }),
    { wireFaults: true },
  );
  await expect((await post(endpoint)).text()).rejects.toThrow('terminated');
  await expect.poll(openStreams).toBe(0);
  expect((await scrape(url)).counts('streams_ended_total')).toEqual({ cut: 1 });
});

test('a page instead of a stream counts as its error', async () => {
  const { url, endpoint } = await startBefore(
    wireFault({ fault: 'status', status: 502, body: 'page' }),
    { wireFaults: true },
  );
  expect((await post(endpoint)).status).toBe(502);
  expect((await scrape(url)).counts('requests_total')).toEqual({ AGENT_UNAVAILABLE: 1 });
});

test('two gateways in one process count separately', async () => {
  const one = await startBefore(sayHello);
  const other = await startBefore(sayHello);
  await (await post(one.endpoint)).text();
  expect((await scrape(one.url)).counts('requests_total')).toEqual({ stream: 1 });
  expect((await scrape(other.url)).counts('requests_total')).toEqual({});
});

test('a pause of the agent and a ping are counted while the stream is open', async () => {
  const delta = 'x'.repeat(1_000_000);
  const { url, endpoint } = await startBefore(
    (call) => {
      for (let count = 0; count < 30; count += 1) call.write({ delta });
    },
    { pingIntervalMs: 20 },
  );
  const quiet = await startBefore(neverEnd, { pingIntervalMs: 20 });
  const reading = await post(quiet.endpoint);
  await expect.poll(async () => (await scrape(quiet.url)).value('pings_total')).toBeGreaterThan(1);
  await reading.body?.cancel();
  // Its client does not read.
  const held = await post(endpoint);
  await expect
    .poll(async () => (await scrape(url)).value('buffer_pauses_total'))
    .toBeGreaterThan(0);
  await held.body?.cancel();
});

test('a page of another origin can read /status, and HEAD works', async () => {
  const { url } = await startBefore(sayHello);
  for (const path of ['/status', '/metrics']) {
    const response = await fetch(url + path, { headers: { Origin: 'http://page.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const head = await fetch(url + path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const posted = await fetch(url + path, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow'), await posted.json()]).toMatchObject([
      405,
      'HEAD, GET',
      { details: 'method: POST is not for this path, which has HEAD, GET' },
    ]);
  }
});
