import { expect, test } from 'vitest';

import {
  bodyEnded,
  connectionBroke,
  endingOf,
  openStream,
  type OpenStream,
  overdue,
  sampleOf,
  takeBody,
  takeHead,
} from './open-stream.ts';
import { streamFormatOf } from './stream-format.ts';
import { message, ping } from '../testing/raw-server.ts';

const limits = { idleMs: 1000, streamMs: 5000 };

/** A stream that was due at 100 ms and written at 103 ms. */
function stream(reused = false): OpenStream {
  return openStream(
    {
      slot: 0,
      key: 'load-0-0',
      phase: 'window',
      startAtMs: 100,
      writtenAtMs: 103,
      reused,
      readSlowly: false,
    },
    streamFormatOf(undefined),
    null,
  );
}

/** The same, connected and with the head of its response. */
function answered(): OpenStream {
  const open = stream();
  open.connected = true;
  takeHead(open, 200, 'text/event-stream');
  return open;
}

test('times of a sample count from when its stream was due', () => {
  const open = answered();
  takeBody(open, Buffer.from(message('a', true)), 150);
  const sample = sampleOf(open, bodyEnded(open, 'body', 160));
  expect(sample).toMatchObject({
    outcome: 'completed',
    startAtMs: 100,
    startLagMs: 3,
    durationMs: 50,
    arrivals: [{ atMs: 50, chars: 1 }],
  });
});

test('a stream without text for the idle limit has stalled, whatever else was received', () => {
  const open = answered();
  expect(overdue(open, limits, 1102)).toBeNull();
  takeBody(open, Buffer.from(message('a')), 1102);
  takeBody(open, Buffer.from(ping + message('')), 2000);
  expect(overdue(open, limits, 2101)).toBeNull();
  expect(overdue(open, limits, 2102)).toEqual({
    outcome: 'stalled',
    detail: 'no text for 1 s, pings: 1',
    atMs: 2102,
  });
});

test('a stream with continuous text times out at the stream limit', () => {
  const open = answered();
  for (let atMs = 600; atMs < 5103; atMs += 500) takeBody(open, Buffer.from(message('a')), atMs);
  expect(overdue(open, limits, 5102)).toBeNull();
  expect(overdue(open, limits, 5103)).toMatchObject({ outcome: 'timed-out' });
});

test('of two exceeded limits the earlier one counts', () => {
  expect(overdue(answered(), limits, 9000)).toMatchObject({ outcome: 'stalled' });
  const open = answered();
  takeBody(open, Buffer.from(message('a')), 4500);
  expect(overdue(open, limits, 9000)).toMatchObject({ outcome: 'timed-out' });
});

test('a connection that is never made is refused', () => {
  expect(overdue(stream(), limits, 1103)).toEqual({
    outcome: 'refused',
    detail: 'no connection for 1 s',
    atMs: 1103,
  });
});

test('a body may continue for a second after the final message', () => {
  const open = answered();
  takeBody(open, Buffer.from(message('a', true)), 200);
  expect(overdue(open, limits, 1199)).toBeNull();
  expect(overdue(open, limits, 1200)).toEqual({ outcome: 'completed', detail: '', atMs: 200 });
});

test('a stream keeps its end, whatever follows', () => {
  const open = answered();
  takeBody(open, Buffer.from(message('a', true)), 200);
  const completed = { outcome: 'completed', detail: '', atMs: 200 };
  expect(connectionBroke(open, 'ECONNRESET', 300)).toEqual(completed);
  expect(bodyEnded(open, 'connection', 300)).toEqual(completed);
  expect(endingOf(open, 'censored', 'the load was ended', 300)).toEqual(completed);
});

test('the detail of a loss before the response mentions a reused connection', () => {
  expect(bodyEnded(stream(true), 'connection', 110).detail).toBe(
    'connection ended before a response, on a reused connection',
  );
  expect(connectionBroke(stream(true), 'EPIPE', 110)).toEqual({
    outcome: 'reset',
    detail: 'EPIPE before a response, on a reused connection',
    atMs: 110,
  });
});

test('a stream without data has the hash of the empty text', () => {
  const open = stream();
  const sample = sampleOf(open, connectionBroke(open, 'ECONNREFUSED', 104));
  expect(sample).toMatchObject({
    outcome: 'refused',
    status: null,
    contentType: null,
    messages: 0,
    textSha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  });
});
