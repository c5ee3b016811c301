import { expect, test } from 'vitest';

import { loadSchema } from './profile/profile.ts';
import { runLoad } from './run-load.ts';
import { good, later, loadAt, outcomesOf, trust } from './testing/http2-loads.ts';
import { countOutcomes } from './testing/load-runs.ts';
import { startRawHttp2 } from './testing/raw-http2.ts';
import { message } from './testing/raw-server.ts';

test('a connection has as many streams at once as the server allows', async () => {
  const open = new Map<number, number>();
  let most = 0;
  const server = await startRawHttp2(
    (stream) => {
      const { connection } = stream;
      open.set(connection, (open.get(connection) ?? 0) + 1);
      most = Math.max(most, open.get(connection) ?? 0);
      later(() => {
        open.set(connection, (open.get(connection) ?? 0) - 1);
        good(stream);
      });
    },
    { maxConcurrentStreams: 3 },
  );
  const samples = await loadAt(server, { thinkMs: 0, windowMs: 400 }, 8);
  expect([...new Set(outcomesOf(samples))]).toEqual(['completed']);
  expect(samples.length).toBeGreaterThan(8);
  expect(most).toBe(3);
  // Three connections are reused for all streams.
  expect(new Set(server.streams.map(({ connection }) => connection)).size).toBe(3);
});

test('streams are left by a cancel of their own, and a connection with many cancels is replaced', async () => {
  const server = await startRawHttp2((stream) => {
    stream.head(200);
    stream.data(message('a'));
  });
  const leave = { after: { chunks: 1 }, probability: 1 };
  const { samples } = await runLoad({
    url: server.url,
    profile: { ...loadSchema.parse({ streams: 20, total: 1100, ramp: '0s' }), leave },
    trust,
  });
  await server.deserted();
  expect(countOutcomes(samples)).toEqual({ left: 1100 });
  const cancels = new Map<number, number>();
  for (const { connection } of server.streams) {
    cancels.set(connection, (cancels.get(connection) ?? 0) + 1);
  }
  expect(Math.max(...cancels.values())).toBeLessThanOrEqual(520);
  expect(cancels.size).toBeGreaterThan(2);
});

test('a server that allows no streams gets none, and no connection for each', async () => {
  const server = await startRawHttp2(() => undefined, { maxConcurrentStreams: 0 });
  const samples = await loadAt(server, { idleLimitMs: 1500 }, 20);
  expect(countOutcomes(samples)).toEqual({ stalled: 20 });
  expect(server.streams).toEqual([]);
  // One may be the handshake that asks for the version.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test('a server without SETTINGS takes no streams', async () => {
  const server = await startRawHttp2(() => undefined, { hasPreface: false });
  // Long enough for a handshake on a busy machine: without a connection a stream is refused.
  const samples = await loadAt(server, { idleLimitMs: 1500, thinkMs: 0, windowMs: 4000 }, 2);
  expect(countOutcomes(samples)).toEqual({ stalled: samples.length });
  expect(server.streams).toEqual([]);
  // Later streams try another connection.
  expect(server.connections()).toBeGreaterThan(2);
});
