import { expect, test } from 'vitest';

import { runLoad } from './run-load.ts';
import { countOutcomes, oneEach } from './testing/load-runs.ts';
import {
  chunk,
  goodStream,
  lastChunk,
  message,
  plainAnswer,
  refusingUrl,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';

test('requests to a server that refuses back off', async () => {
  const { samples, phases } = await runLoad({
    url: await refusingUrl(),
    profile: oneEach(4, { thinkMs: 0, windowMs: 1400 }),
  });
  // After 0, 100, 300 and 700 ms; the next would be after 1500 ms.
  expect(countOutcomes(samples)).toEqual({ refused: 16 });
  // The window lasts its full time although no further stream is due.
  expect(phases).toContainEqual({ name: 'window', startAtMs: 0, endAtMs: 1400 });
});

test('a slot runs its streams one after another over one connection', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 20, windowMs: 1500 }),
  });
  expect(server.connections()).toBe(2);
  expect(samples).toHaveLength(server.requests.length);
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(new Set(samples.map(({ key }) => key))).toEqual(
    new Set(server.requests.map(({ headers }) => headers['x-rehearsal-key'])),
  );
  expect(samples.length).toBeGreaterThan(4);
  for (const slot of [0, 1]) {
    const ofSlot = samples.filter((sample) => sample.slot === slot);
    expect(ofSlot.map(({ key }) => key)).toEqual(ofSlot.map((_, n) => `load-${slot}-${n}`));
    const pauses = ofSlot
      .slice(1)
      .map(
        ({ startAtMs }, n) =>
          startAtMs - (ofSlot[n]?.startAtMs ?? 0) - (ofSlot[n]?.durationMs ?? 0),
      );
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(20);
  }
});

test('a connection that the response closes is not reused', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    socket.end(chunk(message('all', true)).toString() + lastChunk);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 0, windowMs: 300 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.requests).toHaveLength(samples.length);
  expect(server.connections()).toBe(samples.length);
});

test('a connection that is closed while idle costs no stream', async () => {
  const server = await startRawServer((_, socket) => {
    goodStream(socket);
    setTimeout(() => socket.end(), 20);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 300, windowMs: 1000 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.requests).toHaveLength(samples.length);
  expect(server.connections()).toBe(samples.length);
});

test('an unrequested response is not taken for the next one', async () => {
  const server = await startRawServer((_, socket) => {
    goodStream(socket);
    socket.write(plainAnswer(408, 'text/plain', 'too late'));
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 50, windowMs: 400 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.connections()).toBe(samples.length);
});
