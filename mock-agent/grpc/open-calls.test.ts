import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient } from '../../proto/agent-service.ts';
import { behaviourSchema } from '../plan/behaviour.ts';
import type { CallEnd } from './call-end.ts';
import { startMockAgent, type MockAgent } from '../server.ts';

const text = { given: 'abcdefghij' };
const behaviours = {
  fast: { text, speed: 'instant' },
  endless: { text, firstToken: '0ms', interToken: '20s', tokenChars: { min: 5, max: 5 } },
  failing: {
    text,
    speed: 'instant',
    faults: [
      { errorStatus: { at: { chars: 5 }, status: 'INTERNAL', details: 'hush-details' } },
      { crlf: {} },
    ],
  },
  'no-final': { text, speed: 'instant', faults: ['noFinal'] },
  'error-field': {
    text,
    speed: 'instant',
    faults: [{ errorField: { at: 'end', message: 'hush-message' } }],
  },
  crashing: { text, speed: 'instant', faults: [{ crash: { at: { chars: 5 } } }] },
  down: { text, speed: 'instant', faults: [{ down: { at: { chars: 5 }, for: '10ms' } }] },
  silent: { text, speed: 'instant', faults: [{ silence: { at: { chars: 5 } } }] },
  refusing: { text, faults: [{ refuse: { status: 'UNAVAILABLE' } }] },
  long: { text: { given: 'hush-text '.repeat(2000) }, speed: 'instant' },
} as const;

async function start(options: { callLogLevel?: 'info' | 'debug' } = {}) {
  const lines: string[] = [];
  const agent = await startMockAgent({
    scenarios: Object.entries(behaviours).map(([name, behaviour]) => ({
      name,
      behaviour: behaviourSchema.parse(behaviour),
      cases: [],
      seed: 1,
    })),
    host: '127.0.0.1',
    port: 0,
    log: pino(
      { level: 'info', base: null, timestamp: false },
      { write: (line) => lines.push(line) },
    ),
    ...options,
  });
  onTestFinished(agent.close);
  // A worker thread cannot load TypeScript here, so the agent warns once and plans without one.
  const entries = () =>
    lines
      .map((line) => JSON.parse(line) as { msg: string })
      .filter(({ msg }) => !msg.startsWith('no worker thread'));
  return { agent, lines, entries };
}

interface CallOptions {
  headers?: Record<string, string>;
  prompt?: string;
  model?: string;
  deadline?: number;
}

/** Starts a TCP proxy for an agent; `cut` destroys every connection. */
async function startProxy({ address }: MockAgent) {
  const port = Number(address.split(':')[1]);
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    for (const each of [socket, upstream]) each.on('error', () => {});
    sockets.push(upstream);
    socket.pipe(upstream).pipe(socket);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void proxy.close());
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Starts a call of a scenario with the key `k`; `accepted` resolves with the initial metadata. */
function call(
  { agent }: { agent: Pick<MockAgent, 'address'> },
  scenario: string,
  { headers = {}, prompt = 'hush-prompt', model = 'gpt-4', deadline }: CallOptions = {},
) {
  const client = new AgentServiceClient(agent.address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  onTestFinished(() => client.close());
  const metadata = new Metadata();
  const entries = { 'x-rehearsal-scenario': scenario, 'x-rehearsal-key': 'k', ...headers };
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  const stream = client.generateTextStream(
    { prompt, model },
    metadata,
    deadline === undefined ? {} : { deadline: Date.now() + deadline },
  );
  const accepted = new Promise((resolve) => stream.once('metadata', resolve));
  const ended = new Promise<status>((resolve) => {
    stream.once('error', (error: ServiceError) => resolve(error.code));
    stream.once('end', () => resolve(status.OK));
  });
  stream.on('data', () => {});
  return { client, stream, accepted, ended };
}

const endsAsPlanned: [scenario: string, line: object][] = [
  ['fast', { cause: 'completed', faults: [], chunks: 3, planned: 3 }],
  [
    'failing',
    { cause: 'status', status: 'INTERNAL', faults: ['errorStatus', 'crlf'], chunks: 1, planned: 1 },
  ],
  ['no-final', { cause: 'no-final', faults: ['noFinal'], chunks: 2, planned: 2 }],
  ['error-field', { cause: 'error-field', faults: ['errorField'] }],
  ['crashing', { cause: 'crash', faults: ['crash'], chunks: 1, planned: 1 }],
  ['down', { cause: 'down', faults: ['down'], chunks: 1, planned: 1 }],
  ['refusing', { cause: 'status', status: 'UNAVAILABLE', faults: ['refuse'], chunks: 0 }],
  ['long', { cause: 'completed', faults: [] }],
];

test.each(endsAsPlanned)('an ended call of %s writes one log line', async (name, line) => {
  const started = await start();
  await call(started, name).ended;
  await expect.poll(started.entries).toEqual([
    {
      level: 30,
      msg: 'stream',
      scenario: name,
      key: 'k',
      chunks: expect.any(Number),
      planned: expect.any(Number),
      durationMs: expect.any(Number),
      ...line,
    },
  ]);
  expect(started.lines.join('')).not.toContain('hush');
});

type Started = Awaited<ReturnType<typeof start>>;

interface Endless extends Started {
  clientCall: ReturnType<typeof call>;
  cut: () => void;
}

const endsByClients: [
  cause: CallEnd,
  end: (clientCall: ReturnType<typeof call>, cut: () => void) => unknown,
][] = [
  ['cancelled', ({ stream }) => stream.cancel()],
  ['connection-lost', (_, cut) => cut()],
  ['deadline', () => {}],
];

/** Starts an endless call through a proxy, and waits until the agent has sent one chunk of it. */
async function startEndless(deadline: number): Promise<Endless> {
  const started = await start();
  const proxy = await startProxy(started.agent);
  const clientCall = call({ agent: proxy }, 'endless', { deadline });
  const sent = () => started.agent.stats().chunksSent;
  let hasEnded = false;
  void clientCall.ended.then(() => (hasEnded = true));
  await expect.poll(() => hasEnded || sent() > 0).toBe(true);
  // A busy machine needs a longer deadline.
  return sent() === 1 ? { ...started, clientCall, cut: proxy.cut } : startEndless(deadline * 4);
}

test.each(endsByClients)(
  'the log line of a call that ends as %s contains its progress',
  async (cause, end) => {
    const { clientCall, cut, entries } = await startEndless(cause === 'deadline' ? 300 : 600_000);
    end(clientCall, cut);
    await expect
      .poll(entries)
      .toMatchObject([{ msg: 'stream', key: 'k', cause, faults: [], chunks: 1, planned: 3 }]);
  },
);

test('the client ends a silence, and the log line names the fault', async () => {
  const started = await start();
  const { accepted, stream } = call(started, 'silent');
  await accepted;
  stream.cancel();
  await expect
    .poll(started.entries)
    .toMatchObject([{ cause: 'cancelled', faults: ['silence'], chunks: 1, planned: 1 }]);
});

test('other streams on the connection of a crash end as connection-lost', async () => {
  const started = await start();
  const { client, accepted } = call(started, 'endless');
  await accepted;
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', 'crashing');
  client
    .generateTextStream({ prompt: 'a', model: 'm' }, metadata)
    .on('error', () => {})
    .resume();
  await expect.poll(() => started.entries().length).toBe(2);
  expect(started.entries()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ scenario: 'endless', cause: 'connection-lost' }),
      expect.objectContaining({ scenario: 'crashing', cause: 'crash' }),
    ]),
  );
});

const refusals: [reason: string, options: CallOptions, line: object][] = [
  [
    'an unknown scenario',
    { headers: { 'x-rehearsal-scenario': 'fats' } },
    { status: 'NOT_FOUND', details: expect.stringContaining('there is no "fats"') },
  ],
  [
    'an empty prompt',
    { prompt: '' },
    { status: 'INVALID_ARGUMENT', details: 'prompt: must not be empty' },
  ],
  [
    'an unknown fault',
    { headers: { 'x-rehearsal-fault': 'stal' } },
    { status: 'INVALID_ARGUMENT', details: expect.stringContaining('there is no "stal"') },
  ],
  [
    'an unknown fault of a large plan',
    { headers: { 'x-rehearsal-fault': 'stal', 'x-rehearsal-scenario': 'long' } },
    { status: 'INVALID_ARGUMENT', details: expect.stringContaining('there is no "stal"') },
  ],
];

test.each(refusals)(
  'a call refused for %s writes a log line with the details',
  async (_, options, line) => {
    const started = await start();
    await call(started, 'fast', options).ended;
    await expect
      .poll(started.entries)
      .toMatchObject([{ msg: 'refused', key: 'k', cause: 'refused', ...line }]);
    expect(started.agent.stats()).toMatchObject({ streamsOpen: 0, callsEnded: { refused: 1 } });
  },
);

test('the shutdown of the agent ends its calls, each with a log line', async () => {
  const started = await start();
  await call(started, 'endless').accepted;
  await started.agent.close();
  expect(started.entries()).toMatchObject([{ cause: 'shutdown', status: 'UNAVAILABLE' }]);
});

test('with callLogLevel debug, ended calls write no log line at level info', async () => {
  const started = await start({ callLogLevel: 'debug' });
  expect(await call(started, 'fast').ended).toBe(status.OK);
  await expect.poll(() => started.agent.stats().callsEnded.completed).toBe(1);
  expect(started.entries()).toEqual([]);
});

test('planBytes counts the memory of open calls, and drops to 0 when they end', async () => {
  const { agent } = await start();
  const { accepted, stream } = call({ agent }, 'endless');
  await accepted;
  expect(agent.stats().planBytes).toBeGreaterThan(0);
  stream.cancel();
  await expect.poll(() => agent.stats().planBytes).toBe(0);
});
