import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ErrorCode } from '../../proto/error-codes.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import { GatewayError } from '../errors.ts';
import { openStream as open } from '../testing/open-stream.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00.900Z') });
});

afterEach(() => {
  // Whatever happened, a stream that is over leaves nothing behind.
  vi.advanceTimersByTime(130_000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const message = (delta: string, isFinal = false): StreamEvent => ({
  event: 'message',
  data: { delta, isFinal },
});

const failed = (code: ErrorCode, error: string, details: string): StreamEvent => ({
  event: 'error',
  data: { error, code, details },
});

test('the first text is sent at once, and later text merged at most every 50 ms (D2)', () => {
  const { seen, agent } = open();
  agent.chunk('a');
  for (const delta of ['b', 'c', 'd', 'e', 'f']) {
    vi.advanceTimersByTime(20);
    agent.chunk(delta);
  }
  agent.chunk('g', true);
  vi.advanceTimersByTime(200);
  expect(seen.events).toEqual([
    [0, message('a')],
    [50, message('bc')],
    [100, message('de')],
    [150, message('fg', true)],
  ]);
  expect(seen).toMatchObject({ ended: 1, over: 1 });
  agent.ended();
});

test('a chunk after a pause is sent at once', () => {
  const { seen, agent } = open();
  agent.chunk('a');
  vi.advanceTimersByTime(500);
  agent.chunk('b');
  expect(seen.events).toEqual([
    [0, message('a')],
    [500, message('b')],
  ]);
  agent.failed(new GatewayError('GENERATION_ERROR', 'the end of the test'));
});

test('an empty chunk gives no message', () => {
  const { seen, agent } = open();
  agent.chunk('');
  expect(seen.events).toEqual([]);
  agent.chunk('', true);
  expect(seen.events).toEqual([[0, message('', true)]]);
  agent.ended();
});

test('a stream that ends with OK without a final chunk gets a final message (B3)', () => {
  const { seen, agent } = open();
  agent.chunk('a');
  vi.advanceTimersByTime(100);
  agent.ended();
  expect(seen.events).toEqual([
    [0, message('a')],
    [100, message('', true)],
  ]);
});

test('nothing that the agent sends follows the final message (B3)', () => {
  const { seen, agent } = open();
  agent.chunk('a', true);
  agent.chunk('b');
  agent.chunk('c', true);
  agent.failed(new GatewayError('GENERATION_ERROR', 'too late'));
  vi.advanceTimersByTime(100);
  expect(seen.events).toEqual([[0, message('a', true)]]);
  expect(seen).toMatchObject({ ended: 1, cancelled: 0 });
});

test('a call that stays open after the final chunk is cancelled a second later', () => {
  const { seen, agent } = open();
  agent.chunk('a', true);
  vi.advanceTimersByTime(999);
  expect(seen.cancelled).toBe(0);
  vi.advanceTimersByTime(1);
  expect(seen.cancelled).toBe(1);
});

test('text received before an error is sent first, then one error event ends the stream (C1, C2)', () => {
  const { seen, agent } = open();
  agent.chunk('a');
  agent.chunk('b');
  agent.failed(new GatewayError('GENERATION_ERROR', 'out of memory'));
  vi.advanceTimersByTime(100);
  expect(seen.events).toEqual([
    [0, message('a')],
    [50, message('b')],
    [50, failed('GENERATION_ERROR', 'The generation failed', 'out of memory')],
  ]);
  expect(seen).toMatchObject({ ended: 1, over: 1, cancelled: 0 });
});

test('an error without text before it is sent at once', () => {
  const { seen, agent } = open();
  agent.chunk('a');
  vi.advanceTimersByTime(10);
  agent.failed(new GatewayError('AGENT_UNAVAILABLE', 'gone'));
  expect(seen.events.at(-1)).toEqual([
    10,
    failed('AGENT_UNAVAILABLE', 'The agent cannot be reached', 'gone'),
  ]);
});

test('a chunk with an error delivers its text and fails the generation', () => {
  const { seen, agent } = open();
  agent.chunk('half', false, 'model crashed');
  agent.ended();
  expect(seen.events.map(([, event]) => event)).toEqual([
    message('half'),
    failed('GENERATION_ERROR', 'The generation failed', 'model crashed'),
  ]);
});

test('a ping is sent every 15 seconds while the stream is open, and never after it (C4)', () => {
  const { seen, agent } = open();
  vi.advanceTimersByTime(31_000);
  agent.chunk('a', true);
  agent.ended();
  vi.advanceTimersByTime(60_000);
  expect(seen.events).toEqual([
    [15_000, { event: 'ping', data: { timestamp: 1_767_225_615 } }],
    [30_000, { event: 'ping', data: { timestamp: 1_767_225_630 } }],
    [31_000, message('a', true)],
  ]);
});

test('a stream ends with a timeout error at its limit, and the agent is cancelled (C5)', () => {
  const { seen, agent } = open(120_000);
  agent.chunk('a');
  vi.advanceTimersByTime(119_999);
  expect(seen.cancelled).toBe(0);
  vi.advanceTimersByTime(1);
  expect(seen.events.at(-1)).toEqual([
    120_000,
    failed('TIMEOUT', 'The generation took too long', 'the stream reached its time limit'),
  ]);
  expect(seen).toMatchObject({ ended: 1, over: 1, cancelled: 1, cause: 'TIMEOUT' });
});

test('a client that does not read is disconnected a second after the time limit', () => {
  const { seen, client, agent } = open(120_000);
  client.full = true;
  agent.chunk('a');
  vi.advanceTimersByTime(120_999);
  expect(seen.destroyed).toBe(0);
  vi.advanceTimersByTime(1);
  expect(seen).toMatchObject({ destroyed: 1, over: 1, cancelled: 1, ended: 0, cause: 'not-read' });
});

test('a client that does not read pauses the agent at 100 chunks, and nothing is lost (D3)', () => {
  const { seen, client, agent } = open();
  client.full = true;
  agent.chunk('first');
  for (let count = 1; count <= 99; count += 1) agent.chunk('x');
  expect(seen.paused).toBe(false);
  agent.chunk('x');
  expect(seen.paused).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(seen.events).toHaveLength(1);
  client.full = false;
  client.drain();
  expect(seen.paused).toBe(false);
  expect(seen.events.at(-1)).toEqual([60_000, message('x'.repeat(100))]);
  agent.chunk('', true);
  vi.advanceTimersByTime(50);
  agent.ended();
});

test('an error waits with the text before it for a client that does not read', () => {
  const { seen, client, agent } = open();
  client.full = true;
  agent.chunk('a');
  agent.chunk('b');
  agent.failed(new GatewayError('GENERATION_ERROR', 'boom'));
  vi.advanceTimersByTime(5000);
  expect(seen.events).toHaveLength(1);
  client.full = false;
  client.drain();
  expect(seen.events.slice(1)).toEqual([
    [5000, message('b')],
    [5000, failed('GENERATION_ERROR', 'The generation failed', 'boom')],
  ]);
});

test('a client that leaves stops all work (B4)', () => {
  const { stream, seen, agent } = open();
  agent.chunk('a');
  agent.chunk('b');
  stream.abandon('client-left');
  expect(seen).toMatchObject({ cancelled: 1, over: 1, ended: 0, cause: 'client-left' });
  expect(vi.getTimerCount()).toBe(0);
  agent.chunk('c');
  vi.advanceTimersByTime(1000);
  expect(seen.events).toEqual([[0, message('a')]]);
});

test('the end of the response after the last event changes nothing', () => {
  const { stream, seen, agent } = open();
  agent.chunk('a', true);
  agent.ended();
  stream.abandon('client-left');
  stream.fail(new GatewayError('SHUTTING_DOWN', 'too late'));
  expect(seen).toMatchObject({ over: 1, cancelled: 0, ended: 1, cause: 'completed' });
});

test('fail sends the error and cancels the agent', () => {
  const { stream, seen, agent } = open();
  agent.chunk('a');
  stream.fail(new GatewayError('SHUTTING_DOWN', 'the gateway is shutting down'));
  expect(seen.events.at(-1)?.[1]).toEqual(
    failed('SHUTTING_DOWN', 'The gateway is shutting down', 'the gateway is shutting down'),
  );
  expect(seen).toMatchObject({ cancelled: 1, ended: 1, over: 1 });
});

test('a stream ends when the client has read its last event, or at the time limit', () => {
  const taken = open();
  taken.client.full = true;
  taken.agent.chunk('a', true);
  taken.agent.ended();
  expect(taken.seen).toMatchObject({ ended: 1, over: 0 });
  taken.client.flushed();
  expect(taken.seen).toMatchObject({ over: 1, destroyed: 0, cancelled: 0 });

  const left = open(120_000);
  left.client.full = true;
  left.agent.chunk('a', true);
  left.agent.ended();
  vi.advanceTimersByTime(120_999);
  expect(left.seen).toMatchObject({ over: 0, destroyed: 0 });
  vi.advanceTimersByTime(1);
  expect(left.seen).toMatchObject({ over: 1, destroyed: 1, cancelled: 0 });
});

test('the buffer is also bounded in characters, for any number of chunks', () => {
  const { seen, client, agent } = open();
  client.full = true;
  agent.chunk('first');
  agent.chunk('x'.repeat(1_048_575));
  expect(seen.paused).toBe(false);
  agent.chunk('x');
  expect(seen.paused).toBe(true);
  agent.failed(new GatewayError('GENERATION_ERROR', 'the end of the test'));
});

test('a stream counts its chunks, its messages with text and their times, its pings and pauses', () => {
  const { seen, client, agent } = open();
  const startMs = performance.now();
  vi.advanceTimersByTime(16_000);
  expect(seen.firstMessages).toBe(0);
  agent.chunk('');
  agent.chunk('a');
  vi.advanceTimersByTime(20);
  agent.chunk('b');
  agent.chunk('c');
  vi.advanceTimersByTime(180);
  client.full = true;
  agent.chunk('d');
  // Chunks that were on their way when the agent was held up make no second pause.
  for (let count = 0; count < 110; count += 1) agent.chunk('x');
  client.full = false;
  client.drain();
  vi.advanceTimersByTime(50);
  agent.chunk('', true);
  vi.advanceTimersByTime(50);
  agent.ended();
  expect(seen.figures).toEqual({
    chunks: 114,
    parts: 0,
    messages: 4,
    firstMessageAtMs: startMs + 16_000,
    lastMessageAtMs: startMs + 16_250,
    pauses: 1,
    pings: 1,
  });
  expect(seen.firstMessages).toBe(1);
});
