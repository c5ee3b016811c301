import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { createAuthority } from '../../../proto/testing/authority.ts';
import { writeFiles } from '../../../proto/testing/write-files.ts';
import { dial } from '../../../gateway/testing/dial.ts';
import { askHttp2, connectHttp2 } from '../../../gateway/testing/http2-client.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../../mock-agent/plan/plan.ts';
import { heapInUseBytes } from '../../processes/heap-in-use.ts';
import { ask } from '../support/ask.ts';
import { startInProcess } from '../support/in-process-stack.ts';
import { leavers, type Leaver, type Left } from '../support/leavers.ts';
import { trendOf } from '../../../reports/statistics/trend.ts';
import { isFull, printFigure, scaled } from './scale.ts';

const behaviour = { text: { generate: { chars: 150 } }, firstToken: '30ms', interToken: '10ms' };

const rounds = scaled(4, 9);
/** TLS takes its time: a handshake for each. */
const abortsOf = (protocol: string) =>
  protocol === 'HTTP/1.1' ? scaled(400, 1000) : scaled(150, 1000);
const atOnce = 100;

/** A leaked stream has more: its socket alone is ten kilobytes. In the tests code still warms up. */
const leakBytesAnAbort = scaled(5000, 500);

const draw = seedrandom('aborts');

async function leaveInARound(leave: Leaver, from: Left, abortsARound: number): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (begun < abortsARound) {
        begun += 1;
        // Few keys: the agent remembers those that it was asked for.
        await leave(from, `leaver-${begun % 50}`, draw);
      }
    }),
  );
}

function countOf(kind: string): number {
  return process.getActiveResourcesInfo().filter((each) => each === kind).length;
}

/** What a stream of that key says where nobody disturbs it. */
function textOf(key: string): string {
  const request = { scenario: 'test', key, prompt: 'hello', model: 'gpt-4' };
  return planStream(behaviourSchema.parse(behaviour), 1, request).text;
}

/** Reads a stream of its own to its end, beside those that leave. */
type Bystander = (key: string) => Promise<[outcome: string, text: string]>;

function bystanderOf({ url, ca }: Left): Bystander {
  if (ca === undefined) {
    return async (key) => {
      const { outcome, text } = await ask(url, { scenario: 'test', key }, 10_000);
      return [outcome, text];
    };
  }
  const session = connectHttp2(url, ca);
  return async (key) => {
    const { body, ending } = await askHttp2(session, `${generatePath}?prompt=hello&key=${key}`);
    return [ending === 'end' ? 'completed' : ending, deltasOf(body)];
  };
}

const deltasOf = (body: string) =>
  [...body.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)]
    .map(([, delta = '""']) => String(JSON.parse(delta)))
    .join('');

/** HTTP/1.1 over TLS has nothing of its own but the handshake. */
const protocols = (['HTTP/1.1', 'HTTP/1.1 over TLS', 'HTTP/2'] as const).filter(
  (protocol) => isFull || protocol !== 'HTTP/1.1 over TLS',
);

test.each(protocols)(
  'clients of %s that leave at random moments leave nothing behind, and harm nobody beside them',
  { timeout: scaled(90_000, 300_000) },
  async (protocol) => {
    const before = { timers: countOf('Timeout'), sockets: countOf('TCPSocketWrap') };
    const authority = protocol === 'HTTP/1.1' ? undefined : await createAuthority();
    const files = authority && (await writeFiles({ ...(await authority.issue()) }));
    const tls = files && { tlsCert: files.cert, tlsKey: files.key };
    const { agent, gateway, close } = await startInProcess(behaviour, tls);
    const from: Left = { url: gateway.url, ...(authority && { ca: authority.ca }) };
    const bystand = bystanderOf(from);
    const abortsARound = abortsOf(protocol);
    const open = new Set<Socket>();
    const remember = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    };
    subscribe('http.server.request.start', remember);

    const leaving = new AbortController();
    let bystanding = 0;
    const bystanders = Array.from({ length: 5 }, async (_, slot) => {
      while (!leaving.signal.aborted) {
        bystanding += 1;
        const key = `bystander-${slot}-${bystanding}`;
        expect(await bystand(key)).toEqual(['completed', textOf(key)]);
      }
    });

    const heap: [aborts: number, bytes: number][] = [];
    // The first round fills what stays: compiled code, pools, connections to the agent.
    for (let round = 0; round <= rounds; round += 1) {
      await leaveInARound(leavers[protocol], from, abortsARound);
      await expect
        .poll(() => [gateway.openStreams(), agent.stats().streamsOpen])
        .toSatisfy(([streams, calls]) => streams <= 5 && calls <= 5);
      if (round > 0) heap.push([round * abortsARound, heapInUseBytes()]);
    }
    leaving.abort();
    await Promise.all(bystanders);
    await expect.poll(gateway.openStreams).toBe(0);
    await expect.poll(() => agent.stats().streamsOpen).toBe(0);
    await expect.poll(() => open.size).toBe(0);
    unsubscribe('http.server.request.start', remember);

    const { slope, low, high } = trendOf(heap);
    const { streamsStarted, streamsCancelled } = agent.stats();
    printFigure(
      `${(rounds + 1) * abortsARound} aborts over ${protocol}: ${streamsStarted} streams at the agent, ${streamsCancelled} cancelled, ` +
        `${bystanding} bystanders whole; heap ${slope.toFixed(0)} bytes an abort (95 %: ${low.toFixed(0)} to ${high.toFixed(0)})`,
    );
    // Many were cut in the midst, and not all: the moments were spread as they should.
    expect(streamsCancelled).toBeGreaterThan(abortsARound);
    expect(low).toBeLessThan(leakBytesAnAbort);

    await close();
    await expect
      .poll(() => ({ timers: countOf('Timeout'), sockets: countOf('TCPSocketWrap') }), {
        timeout: 10_000,
      })
      .toEqual(before);
  },
);

test('a connection that carries many streams, some of them failed, gathers no listeners', async () => {
  const { gateway } = await startInProcess({ ...behaviour, text: { given: 'text' } });
  const sockets = new Set<Socket>();
  const remember = (message: unknown) => sockets.add((message as { socket: Socket }).socket);
  subscribe('http.server.request.start', remember);
  const socket = await dial(gateway.url);
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString();
  });
  const exchange = async (path: string) => {
    received = '';
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await expect.poll(() => received, { interval: 5 }).toMatch(/\r\n0\r\n\r\n$|"details":".*"}$/);
  };
  const listeners = () => {
    const [own] = sockets;
    return own?.eventNames().map((name) => [String(name), own.listenerCount(name)]);
  };
  await exchange(`${generatePath}?prompt=a`);
  const afterOne = listeners();
  for (let count = 0; count < 30; count += 1) {
    await exchange(`${generatePath}?prompt=a`);
    await exchange(generatePath);
    await exchange(`${generatePath}?prompt=a&scenario=none`);
  }
  unsubscribe('http.server.request.start', remember);
  expect(sockets.size).toBe(1);
  expect(afterOne?.length).toBeGreaterThan(0);
  expect(listeners()).toEqual(afterOne);
  socket.destroy();
});
