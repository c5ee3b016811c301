import { expect, test } from 'vitest';

import { computeMetrics, metricsSchema } from './metrics.ts';
import { targetsSchema } from '../targets.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

const window = { startAtMs: 0, endAtMs: 1000 };
const targets = targetsSchema.parse({});

test('only streams that started in the window are judged', () => {
  const metrics = computeMetrics(
    [
      makeSample({ phase: 'ramp', arrivals: arrivalsAt(9000), outcome: 'failed' }),
      makeSample({ phase: 'warm-up', arrivals: arrivalsAt(9000), outcome: 'failed' }),
      makeSample({ phase: 'window', arrivals: arrivalsAt(200) }),
    ],
    window,
    targets,
  );
  expect(metrics.streams).toEqual({ total: 3, started: 1, judged: 1, censored: 0 });
  expect(metrics.firstChunkMs).toMatchObject({ count: 1, max: 200 });
  expect(metrics.streamSuccess).toBe(1);
});

test('a censored stream is counted and not judged', () => {
  const metrics = computeMetrics(
    [
      makeSample({ arrivals: arrivalsAt(200) }),
      makeSample({ arrivals: arrivalsAt(9000), outcome: 'censored' }),
    ],
    window,
    targets,
  );
  expect(metrics.streams).toEqual({ total: 2, started: 2, judged: 1, censored: 1 });
  expect(metrics.outcomes).toMatchObject({ completed: 1, censored: 1, failed: 0 });
  expect(metrics.firstChunkMs).toMatchObject({ count: 1, max: 200 });
  expect(metrics.streamSuccess).toBe(1);
});

test('every outcome is counted, those that did not happen as 0', () => {
  const metrics = computeMetrics(
    [
      makeSample(),
      makeSample({ outcome: 'reset' }),
      makeSample({ outcome: 'timed-out' }),
      makeSample({ outcome: 'reset' }),
    ],
    window,
    targets,
  );
  expect(metrics.outcomes).toEqual({
    completed: 1,
    failed: 0,
    cut: 0,
    reset: 2,
    stalled: 0,
    'timed-out': 1,
    refused: 0,
    rejected: 0,
    malformed: 0,
    left: 0,
    censored: 0,
  });
});

test('a connection that succeeded and a stream that succeeded are two numbers', () => {
  const metrics = computeMetrics(
    [
      makeSample(),
      makeSample({ outcome: 'cut' }),
      makeSample({
        outcome: 'rejected',
        status: 200,
        contentType: 'text/event-stream; charset=utf-8',
      }),
      makeSample({ outcome: 'refused', status: null, contentType: null }),
    ],
    window,
    targets,
  );
  expect(metrics.connectionSuccess).toBe(0.5);
  expect(metrics.streamSuccess).toBe(0.25);
});

test('the interval is judged per stream, gaps are pooled beside it', () => {
  const metrics = computeMetrics(
    [
      makeSample({ arrivals: arrivalsAt(100, 150, 200) }),
      makeSample({ arrivals: arrivalsAt(100, 250) }),
      makeSample({ arrivals: arrivalsAt(100) }),
    ],
    window,
    targets,
  );
  expect(metrics.intervalMs).toMatchObject({ count: 2, mean: 100 });
  expect(metrics.gapMs).toMatchObject({ count: 3, p50: 50, max: 150 });
});

test('bytes per second and messages per second are those that arrived in the window, of streams of any phase', () => {
  const metrics = computeMetrics(
    [
      makeSample({ phase: 'warm-up', startAtMs: -500, arrivals: arrivalsAt(499, 500, 600) }),
      makeSample({ startAtMs: 900, arrivals: arrivalsAt(50, 99, 100) }),
    ],
    { startAtMs: 0, endAtMs: 1000 },
    targets,
  );
  expect(metrics.messagesPerSec).toBe(4);
  expect(metrics.bytesPerSec).toBe(400);
});

test('peak concurrency is of the whole load, mean concurrency of the window', () => {
  const metrics = computeMetrics(
    [
      makeSample({ phase: 'ramp', startAtMs: 0, durationMs: 100 }),
      makeSample({ phase: 'ramp', startAtMs: 0, durationMs: 100 }),
      makeSample({ startAtMs: 100, durationMs: 50 }),
    ],
    { startAtMs: 100, endAtMs: 200 },
    targets,
  );
  expect(metrics.peakConcurrency).toBe(2);
  expect(metrics.meanConcurrency).toBe(0.5);
});

test('good is a stream that completed and was in time by both targets', () => {
  const good = makeSample({ arrivals: arrivalsAt(499, 598) });
  const { goodput } = computeMetrics(
    [
      good,
      makeSample({ arrivals: arrivalsAt(200) }),
      makeSample({ arrivals: arrivalsAt(500, 598) }),
      makeSample({ arrivals: arrivalsAt(100, 200) }),
      { ...good, outcome: 'cut' },
      { ...good, planned: makePlanned({ textMatches: false }) },
      { ...good, outcome: 'left' },
      { ...good, readSlowly: true },
      { ...good, phase: 'warm-up' },
    ],
    { startAtMs: 0, endAtMs: 4000 },
    targets,
  );
  expect(goodput).toEqual({ streams: 2, share: 2 / 6, perSec: 0.5 });
});

test('a stall is a gap of more than five times the alarm of the interval', () => {
  const { stalls } = computeMetrics(
    [
      makeSample({ arrivals: arrivalsAt(5000, 6000, 7001, 9000) }),
      makeSample({ arrivals: arrivalsAt(100, 1100) }),
      makeSample({ arrivals: arrivalsAt(100, 5000), readSlowly: true }),
    ],
    window,
    targets,
  );
  expect(stalls).toEqual({ thresholdMs: 1000, count: 2, streams: 1 });
});

test('of a stream that was read slowly on purpose only the outcome is judged', () => {
  const metrics = computeMetrics(
    [
      makeSample({ arrivals: arrivalsAt(200, 250) }),
      makeSample({
        arrivals: arrivalsAt(9000, 19_000),
        durationMs: 20_000,
        readSlowly: true,
        planned: makePlanned({ latenessMs: [8800, 18_700] }),
      }),
    ],
    window,
    targets,
  );
  expect(metrics.streams.judged).toBe(2);
  expect(metrics.streamSuccess).toBe(1);
  expect(metrics.firstChunkMs).toMatchObject({ count: 1, max: 200 });
  expect(metrics.gapMs).toMatchObject({ count: 1, max: 50 });
  expect(metrics.durationMs).toMatchObject({ count: 1, max: 1000 });
  expect(metrics.latenessMs).toBeNull();
  expect(metrics.textMismatches).toBe(0);
});

test('the lag of a censored stream’s start counts: it is ours', () => {
  const metrics = computeMetrics(
    [makeSample({ startLagMs: 1 }), makeSample({ startLagMs: 120, outcome: 'censored' })],
    window,
    targets,
  );
  expect(metrics.startLagMs).toMatchObject({ count: 2, max: 120 });
});

test('without a plan there is neither lateness nor a mismatch', () => {
  const metrics = computeMetrics([makeSample()], window, targets);
  expect(metrics.latenessMs).toBeNull();
  expect(metrics.latenessByHop).toBeNull();
  expect(metrics.textMismatches).toBeNull();
});

test('lateness is pooled over the streams that have a plan', () => {
  const metrics = computeMetrics(
    [
      makeSample({ planned: makePlanned({ latenessMs: [0, 4] }) }),
      makeSample({ planned: makePlanned({ latenessMs: [8] }) }),
      makeSample(),
    ],
    window,
    targets,
  );
  expect(metrics.latenessMs).toMatchObject({ count: 3, mean: 4, p50: 4, max: 8 });
  expect(metrics.textMismatches).toBe(0);
});

test('lateness by hop comes from the streams that have it', () => {
  const hops = { requestMs: 3, agentMs: [1, 2], gatewayMs: [4, 8], clientMs: [0, 0.5] };
  const metrics = computeMetrics(
    [
      makeSample({ planned: makePlanned({ hops }) }),
      makeSample({
        planned: makePlanned({ hops: { ...hops, requestMs: 5, agentMs: [9], gatewayMs: [] } }),
      }),
      makeSample({ planned: makePlanned() }),
      makeSample({
        readSlowly: true,
        planned: makePlanned({ hops: { ...hops, clientMs: [9000] } }),
      }),
    ],
    window,
    targets,
  );
  expect(metrics.latenessByHop).toMatchObject({
    requestMs: { count: 2, mean: 4, max: 5 },
    agentMs: { count: 3, mean: 4, p50: 2, max: 9 },
    gatewayMs: { count: 2, mean: 6, max: 8 },
    clientMs: { count: 4, mean: 0.25, max: 0.5 },
  });
});

test('other text than planned counts in a completed stream, not in one that broke off', () => {
  const planned = makePlanned({ textMatches: false });
  const metrics = computeMetrics(
    [makeSample({ planned }), makeSample({ planned, outcome: 'reset' })],
    window,
    targets,
  );
  expect(metrics.textMismatches).toBe(1);
});

test('no samples make metrics of nothing that fit their schema', () => {
  const metrics = computeMetrics([], window, targets);
  expect(metricsSchema.parse(metrics)).toEqual(metrics);
  expect(metrics).toMatchObject({
    streams: { total: 0, started: 0, judged: 0, censored: 0 },
    firstChunkMs: null,
    intervalMs: null,
    gapMs: null,
    durationMs: null,
    connectionSuccess: null,
    streamSuccess: null,
    peakConcurrency: 0,
    meanConcurrency: 0,
    messagesPerSec: 0,
    bytesPerSec: 0,
    goodput: { streams: 0, share: null, perSec: 0 },
    stalls: { thresholdMs: 1000, count: 0, streams: 0 },
    startLagMs: null,
  });
});

test('a window without length has no rate', () => {
  const empty = { startAtMs: 0, endAtMs: 0 };
  expect(computeMetrics([makeSample()], empty, targets).messagesPerSec).toBe(0);
});
