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

/** Plays into a sink that notes when each chunk came; `full` makes it ask for a pause after each. */
function playInto({ acceptAtMs, timesMs, end }: Plan) {
  const startMs = performance.now();
  const seen = {
    acceptedAtMs: [] as number[],
    atMs: [] as number[],
    latenessMs: [] as number[],
    sentAtMs: [] as number[],
    played: 0,
    full: false,
  };
  let drained: () => void = () => {};
  const sink: PlaySink = {
    accept: () => seen.acceptedAtMs.push(performance.now() - startMs),
    write() {
      seen.atMs.push(performance.now() - startMs);
      return !seen.full;
    },
    onceDrained: (callback) => {
      drained = callback;
    },
    sent: (atMs) => seen.sentAtMs.push(atMs - startMs),
  };
  const stage: Stage = {
    deadlines: createDeadlines(),
    left(latenessMs) {
      if (latenessMs !== undefined) seen.latenessMs.push(latenessMs);
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
    seen.played += 1;
  });
  return { seen, stop, drain: () => drained() };
}

test('every chunk leaves at its planned time', () => {
  const { seen } = playInto(planned(0, 200, 220, 220, 1000));
  vi.advanceTimersByTime(999);
  expect(seen).toMatchObject({ atMs: [0, 200, 220, 220], played: 0 });
  vi.advanceTimersByTime(1);
  expect(seen).toMatchObject({ atMs: [0, 200, 220, 220, 1000], played: 1 });
});

test('a late chunk makes no later one late', () => {
  const clock = performance.now.bind(performance);
  const { seen } = playInto(planned(100, 200, 300));
  // The process was held up: the timer of the first chunk fires when the clock already says 250.
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + 150);
  vi.advanceTimersByTime(150);
  vi.restoreAllMocks();
  expect(seen.atMs).toEqual([250, 250, 300]);
  expect(seen.latenessMs).toEqual([150, 50, 0]);
});

test('a full sink is waited for, and what it held up is not called late', () => {
  const { seen, drain } = playInto(planned(0, 100, 200, 900));
  seen.full = true;
  vi.advanceTimersByTime(100);
  expect(seen.atMs).toEqual([0, 100]);
  vi.advanceTimersByTime(400);
  expect(seen.atMs).toEqual([0, 100]);
  seen.full = false;
  drain();
  expect(seen.atMs).toEqual([0, 100, 500]);
  vi.advanceTimersByTime(400);
  expect(seen).toMatchObject({ atMs: [0, 100, 500, 900], latenessMs: [0, 0, 0], played: 1 });
  expect(seen.sentAtMs).toEqual([0, 100, 200, 900]);
});

test('a sink that is full after the last chunk is waited for before the play ends', () => {
  const { seen, drain } = playInto(planned(50));
  seen.full = true;
  vi.advanceTimersByTime(50);
  expect(seen.played).toBe(0);
  drain();
  expect(seen.played).toBe(1);
});

test('a stopped play sends nothing more and leaves no timer', () => {
  const { seen, stop } = playInto(planned(0, 100));
  stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(seen).toMatchObject({ atMs: [0], played: 0 });
});

test('a play stopped while its sink is full stays stopped when it drains', () => {
  const { seen, stop, drain } = playInto(planned(50, 100));
  seen.full = true;
  vi.advanceTimersByTime(50);
  stop();
  drain();
  vi.advanceTimersByTime(1000);
  expect(seen).toMatchObject({ atMs: [50], played: 0 });
});

test('a stream is accepted at its time, before its first chunk', () => {
  const { seen } = playInto({ ...planned(200), acceptAtMs: 150 });
  vi.advanceTimersByTime(149);
  expect(seen.acceptedAtMs).toEqual([]);
  vi.advanceTimersByTime(51);
  expect(seen).toMatchObject({ acceptedAtMs: [150], atMs: [200], played: 1 });
});

test('an end that comes after the last chunk is waited for', () => {
  const { seen } = playInto({ ...planned(100), end: { kind: 'no-final', atMs: 300 } });
  vi.advanceTimersByTime(299);
  expect(seen).toMatchObject({ atMs: [100], played: 0 });
  vi.advanceTimersByTime(1);
  expect(seen.played).toBe(1);
});

test('a refused stream is never accepted', () => {
  const end = { kind: 'status', atMs: 0, status: 'UNAVAILABLE', details: '' } as const;
  const { seen } = playInto({ acceptAtMs: null, timesMs: [], end });
  expect(seen).toMatchObject({ acceptedAtMs: [], atMs: [], played: 1 });
});
