import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createDeadlines } from './deadlines.ts';
import { packChunks } from './packed-chunks.ts';
import type { PlannedEnd } from '../planned-stream.ts';
import { play, type PlaySink, type Stage } from './play.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

interface Plan {
  acceptAtMs: number | null;
  timesMs: number[];
  end: PlannedEnd;
}

const planned = (...timesMs: number[]): Plan => ({
  acceptAtMs: 0,
  timesMs,
  end: { kind: 'final', atMs: timesMs.at(-1) ?? 0 },
});

/** Plays into a sink that records the time of each chunk; `isFull` makes it request a pause after each. */
function playInto({ acceptAtMs, timesMs, end }: Plan) {
  const startMs = performance.now();
  const recorded = {
    acceptedAtMs: [] as number[],
    atMs: [] as number[],
    latenessMs: [] as number[],
    sentAtMs: [] as number[],
    played: 0,
    isFull: false,
  };
  let drained: () => void = () => {};
  const sink: PlaySink = {
    accept: () => recorded.acceptedAtMs.push(performance.now() - startMs),
    write() {
      recorded.atMs.push(performance.now() - startMs);
      return !recorded.isFull;
    },
    onceDrained: (callback) => {
      drained = callback;
    },
    onSent: (atMs) => recorded.sentAtMs.push(atMs - startMs),
  };
  const stage: Stage = {
    deadlines: createDeadlines(),
    onChunkSent(latenessMs) {
      if (latenessMs !== undefined) recorded.latenessMs.push(latenessMs);
    },
  };
  const chunks = packChunks(
    timesMs.map((atMs, index) => ({
      atMs,
      delta: `${index}`,
      isFinal: index === timesMs.length - 1,
    })),
  );
  const { stop } = play({ acceptAtMs, chunks, end }, startMs, stage, sink, () => {
    recorded.played += 1;
  });
  return { recorded, stop, drain: () => drained() };
}

test('every chunk is sent at its planned time', () => {
  const { recorded } = playInto(planned(0, 200, 220, 220, 1000));
  vi.advanceTimersByTime(999);
  expect(recorded).toMatchObject({ atMs: [0, 200, 220, 220], played: 0 });
  vi.advanceTimersByTime(1);
  expect(recorded).toMatchObject({ atMs: [0, 200, 220, 220, 1000], played: 1 });
});

test('a late chunk does not delay later ones', () => {
  const clock = performance.now.bind(performance);
  const { recorded } = playInto(planned(100, 200, 300));
  // The process is blocked: the timer of the first chunk fires when the clock is already at 250.
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + 150);
  vi.advanceTimersByTime(150);
  vi.restoreAllMocks();
  expect(recorded.atMs).toEqual([250, 250, 300]);
  expect(recorded.latenessMs).toEqual([150, 50, 0]);
});

test('the play waits for a full sink, and does not count that as lateness', () => {
  const { recorded, drain } = playInto(planned(0, 100, 200, 900));
  recorded.isFull = true;
  vi.advanceTimersByTime(100);
  expect(recorded.atMs).toEqual([0, 100]);
  vi.advanceTimersByTime(400);
  expect(recorded.atMs).toEqual([0, 100]);
  recorded.isFull = false;
  drain();
  expect(recorded.atMs).toEqual([0, 100, 500]);
  vi.advanceTimersByTime(400);
  expect(recorded).toMatchObject({ atMs: [0, 100, 500, 900], latenessMs: [0, 0, 0], played: 1 });
  expect(recorded.sentAtMs).toEqual([0, 100, 200, 900]);
});

test('the play waits for a sink that is full after the last chunk before it ends', () => {
  const { recorded, drain } = playInto(planned(50));
  recorded.isFull = true;
  vi.advanceTimersByTime(50);
  expect(recorded.played).toBe(0);
  drain();
  expect(recorded.played).toBe(1);
});

test('a stopped play sends nothing more and leaves no timer', () => {
  const { recorded, stop } = playInto(planned(0, 100));
  stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(recorded).toMatchObject({ atMs: [0], played: 0 });
});

test('a play stopped while its sink is full stays stopped when the sink drains', () => {
  const { recorded, stop, drain } = playInto(planned(50, 100));
  recorded.isFull = true;
  vi.advanceTimersByTime(50);
  stop();
  drain();
  vi.advanceTimersByTime(1000);
  expect(recorded).toMatchObject({ atMs: [50], played: 0 });
});

test('a stream is accepted at its time, before its first chunk', () => {
  const { recorded } = playInto({ ...planned(200), acceptAtMs: 150 });
  vi.advanceTimersByTime(149);
  expect(recorded.acceptedAtMs).toEqual([]);
  vi.advanceTimersByTime(51);
  expect(recorded).toMatchObject({ acceptedAtMs: [150], atMs: [200], played: 1 });
});

test('the play waits for an end that is later than the last chunk', () => {
  const { recorded } = playInto({ ...planned(100), end: { kind: 'no-final', atMs: 300 } });
  vi.advanceTimersByTime(299);
  expect(recorded).toMatchObject({ atMs: [100], played: 0 });
  vi.advanceTimersByTime(1);
  expect(recorded.played).toBe(1);
});

test('a refused stream is never accepted', () => {
  const end = { kind: 'status', atMs: 0, status: 'UNAVAILABLE', details: '' } as const;
  const { recorded } = playInto({ acceptAtMs: null, timesMs: [], end });
  expect(recorded).toMatchObject({ acceptedAtMs: [], atMs: [], played: 1 });
});
