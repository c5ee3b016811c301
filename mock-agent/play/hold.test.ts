import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { OutgoingChunk } from '../../proto/agent-service.ts';
import { holdAt } from '../faults/agent/hold.ts';
import type { Place } from '../faults/place.ts';
import type { PlannedEnd, PlannedStream } from '../planned-stream.ts';
import type { Hold, StreamCommand } from '../../proto/stream-commands.ts';
import { createCommandedStreams } from './commands.ts';
import { createDeadlines } from './deadlines.ts';
import { packChunks, positionIn, unpackChunks } from './packed-chunks.ts';
import { play } from './play.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Three chunks at 100, 200 and 300 ms; the last one is final. */
const stream: PlannedStream = {
  acceptAtMs: 0,
  chunks: [
    { atMs: 100, delta: 'Hello', isFinal: false },
    { atMs: 200, delta: ' there', isFinal: false },
    { atMs: 300, delta: '!', isFinal: true },
  ],
  end: { kind: 'final', atMs: 300 },
  wire: [],
};

/** Plays a stream, and records what it sends: the time and the text of each chunk, and the end. */
function start(planned: PlannedStream) {
  const startMs = performance.now();
  const sinceStart = () => Math.round(performance.now() - startMs);
  const sent: string[] = [];
  const holds: (Hold | undefined)[] = [];
  const lateness: (number | undefined)[] = [];
  const sink = { isFull: false, drain: () => {} };
  const playing = play(
    { ...planned, chunks: packChunks(planned.chunks) },
    startMs,
    { deadlines: createDeadlines(), onChunkSent: (latenessMs) => lateness.push(latenessMs) },
    {
      accept: () => {},
      write({ delta = '', isFinal }: OutgoingChunk) {
        sent.push(`${sinceStart()} ${delta}${isFinal ? '.' : ''}`);
        return !sink.isFull;
      },
      onceDrained: (callback) => {
        sink.drain = callback;
      },
      onHold: (hold) => holds.push(hold),
    },
    ({ kind }: PlannedEnd) => {
      sent.push(`${sinceStart()} ${kind}`);
      remove();
    },
  );
  const streams = createCommandedStreams();
  const remove = streams.add('s', playing);
  const command = (each: StreamCommand) => streams.command('s', each);
  return { playing, sent, holds, lateness, sink, command };
}

const held = (at: Place, pings = true) => holdAt(stream, at, pings) ?? stream;
const limitMs = 60_000;
const messageOf = (error: unknown) => String(error);

test('a hold in characters is met exactly, and a release shifts all later times by the pause', async () => {
  const { sent, holds, lateness, command } = start(held({ chars: 7 }, false));
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toEqual(['100 Hello', '200  t']);
  expect(holds).toEqual([{ pings: false }]);
  expect(vi.getTimerCount()).toBe(0);
  await command({ do: 'release' });
  await vi.advanceTimersByTimeAsync(99);
  expect(sent.slice(2)).toEqual(['5000 here']);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.slice(3)).toEqual(['5100 !.', '5100 final']);
  expect(holds).toEqual([{ pings: false }, undefined]);
  expect(lateness).toEqual([0, 0, 0, 0]);
});

test('a running stream is held where it is, without a timer, and goes on with its distances', async () => {
  const { sent, playing, command } = start(stream);
  await vi.advanceTimersByTimeAsync(150);
  expect(await command({ do: 'hold', pings: true })).toEqual({
    isHeld: true,
    chunks: 1,
    chars: 5,
    parts: 0,
  });
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1000);
  playing.release();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual(['100 Hello', '1200  there', '1300 !.', '1300 final']);
});

test('a step sends one chunk at once; the last chunk ends the stream', async () => {
  const { sent, lateness, command } = start(held('start'));
  await vi.advanceTimersByTimeAsync(10);
  expect(await command({ do: 'step', count: 1, limitMs })).toMatchObject({ chunks: 1, chars: 5 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual(['10 Hello']);
  await command({ do: 'step', count: 2, limitMs });
  expect(sent).toEqual(['10 Hello', '1010  there', '1010 !.', '1010 final']);
  expect(lateness).toEqual([undefined, undefined, undefined]);
  await expect(command({ do: 'step', count: 1, limitMs })).rejects.toThrow('the stream is over');
});

test('after steps a release keeps the planned distances of what follows', async () => {
  const { sent, command } = start(held('start'));
  await command({ do: 'step', count: 1, limitMs });
  await vi.advanceTimersByTimeAsync(1000);
  await command({ do: 'release' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual(['0 Hello', '1100  there', '1200 !.', '1200 final']);
});

test('a stream plays until a place, past earlier holds, and holds there', async () => {
  const { sent, holds, command } = start(holdAt(held('start'), { chunks: 1 }, true) ?? stream);
  const there = command({ do: 'until', at: { chars: 7 }, pings: true, limitMs });
  await vi.advanceTimersByTimeAsync(1000);
  expect(await there).toEqual({ isHeld: true, chunks: 2, chars: 7, parts: 0 });
  expect(sent).toEqual(['100 Hello', '200  t']);
  const atEnd = command({ do: 'until', at: 'end', pings: true, limitMs });
  await vi.advanceTimersByTimeAsync(1000);
  expect(await atEnd).toMatchObject({ isHeld: true, chars: 12 });
  await command({ do: 'release' });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent.map((each) => each.replace(/^\d+ /, '')).join('|')).toBe('Hello| t|here|!|.|final');
  expect(holds.filter((hold) => hold !== undefined)).toHaveLength(3);
});

test('a stream that is late with its chunks holds at a place too', async () => {
  const { sent, command } = start(stream);
  await vi.advanceTimersByTimeAsync(150);
  // The machine stood still: every later chunk is due, and no timer has fired.
  const lateMs = performance.now() + 1000;
  vi.spyOn(performance, 'now').mockReturnValue(lateMs);
  const position = await command({ do: 'until', at: { chars: 7 }, pings: true, limitMs });
  expect(position).toEqual({ isHeld: true, chunks: 2, chars: 7, parts: 0 });
  expect(sent).toEqual(['100 Hello', '1150  t']);
});

test('a place that the stream has passed, does not reach or does not get to in time is an error', async () => {
  const { command } = start(stream);
  await vi.advanceTimersByTimeAsync(250);
  const until = (at: unknown, ms = limitMs) =>
    command({ do: 'until', at, pings: true, limitMs: ms });
  await expect(until({ chars: 8 })).rejects.toThrow('past it: it has sent 2 chunks, 11 characters');
  await expect(until({ chars: 13 })).rejects.toThrow('it has 3 chunks and 12 characters');
  await expect(until('middle')).rejects.toThrow('at: a place is start, underway, end, or');
  const late = until('end', 20).catch(messageOf);
  await vi.advanceTimersByTimeAsync(30);
  expect(await late).toContain('did not get there in 20 ms');
  await expect(command({ do: 'step', count: 1, limitMs })).rejects.toThrow('hold it before');
});

test('a held stream fails where it is', async () => {
  const { sent, command } = start(held({ chars: 7 }));
  await vi.advanceTimersByTimeAsync(1000);
  await expect(command({ do: 'fail', fault: 'cut' })).rejects.toThrow(
    'dropConnection is a fault of the wire',
  );
  await expect(command({ do: 'fail', fault: 'eror' })).rejects.toThrow('did you mean "error"?');
  await command({ do: 'fail', fault: '{"errorStatus": {"status": "UNAVAILABLE"}}' });
  expect(sent).toEqual(['100 Hello', '200  t', '1000 status']);
});

test('a fault strikes at the place that it names, if the stream is not past it', async () => {
  const { sent, command } = start(held('start'));
  await command({ do: 'step', count: 1, limitMs });
  await expect(
    command({ do: 'fail', fault: '{"errorStatus": {"status": "INTERNAL", "at": "start"}}' }),
  ).rejects.toThrow(
    'errorStatus: the stream is past its place: it has sent 1 chunks, 5 characters; leave out `at`',
  );
  await expect(command({ do: 'fail', fault: '{"stall": {"at": {"chars": 90}}}' })).rejects.toThrow(
    'stall: the stream does not get there: it has 3 chunks and 12 characters',
  );
  await command({
    do: 'fail',
    fault: '{"errorStatus": {"status": "INTERNAL", "at": {"chars": 11}}}',
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual(['0 Hello', '100  there', '100 status']);
});

test('a stalled client is not written to beyond its buffer, held or not', async () => {
  const { sent, sink, playing, command } = start(held('start'));
  sink.isFull = true;
  const steps = command({ do: 'step', count: 2, limitMs: 500 }).catch(messageOf);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await steps).toContain('the client does not read: 1 of 2 chunks');
  expect(sent).toEqual(['0 Hello']);
  playing.release();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual(['0 Hello']);
  sink.isFull = false;
  sink.drain();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toHaveLength(4);
});

test('a thousand held streams have no timer', async () => {
  const streams = Array.from({ length: 1000 }, () => start(held({ chars: 5 })));
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
  expect(streams.every(({ playing }) => playing.isHeld())).toBe(true);
});

test('holds survive packing, and positions count characters and parts', () => {
  const chunks = [
    { atMs: 0, delta: '', isFinal: false, parts: { reasoning: 'Hm' } },
    { atMs: 1, delta: 'a天😀', isFinal: false, hold: { pings: false } },
    { atMs: 2, delta: 'b', isFinal: true, parts: { finishReason: 'stop' as const } },
  ];
  const packed = packChunks(chunks);
  expect(unpackChunks(packed)).toEqual(chunks);
  expect([0, 1, 2, 3].map((count) => positionIn(packed, count))).toEqual([
    { chars: 0, parts: 0 },
    { chars: 0, parts: 1 },
    { chars: 3, parts: 1 },
    { chars: 4, parts: 1 },
  ]);
});
