import { expect, test } from 'vitest';

import { alarmWords, judgeTargets, targetWords, type TargetResult } from './target-results.ts';
import { targetsSchema } from '../targets.ts';
import { allAt, makeMetrics } from '../testing/make-metrics.ts';

const specified = targetsSchema.parse({});

function result(
  name: TargetResult['name'],
  changes: Parameters<typeof makeMetrics>[0],
  streams = 1000,
) {
  const results = judgeTargets(makeMetrics(changes), specified, { streams }, null);
  return results.find((result) => result.name === name);
}

const firstChunkAt = (ms: number) => result('firstChunkMs', { firstChunkMs: allAt(ms) })?.state;
const intervalAt = (ms: number) => result('intervalMs', { intervalMs: allAt(ms) })?.state;
const connectedAt = (share: number) =>
  result('connectionSuccess', { connectionSuccess: share })?.state;
const peakAt = (peak: number) => result('concurrentStreams', { peakConcurrency: peak })?.state;

test('results come in the order of the specification', () => {
  expect(
    judgeTargets(makeMetrics(), specified, { streams: 1000 }, null).map(({ name }) => name),
  ).toEqual([
    'firstChunkMs',
    'intervalMs',
    'connectionSuccess',
    'streamSuccess',
    'concurrentStreams',
    'textMismatches',
  ]);
});

test('time to first chunk: < 500 ms is well, > 1 s is an alarm (E3)', () => {
  expect([499.9, 500, 1000, 1000.1].map(firstChunkAt)).toEqual(['ok', 'missed', 'missed', 'alarm']);
});

test('time to first chunk is judged at its 95th percentile', () => {
  const spread = { ...allAt(200), p95: 501, p99: 2000, max: 9000 };
  expect(result('firstChunkMs', { firstChunkMs: spread })).toMatchObject({
    statistic: 'p95',
    value: 501,
    state: 'missed',
    reason: 'p95 was 501 ms, the target is < 500 ms',
  });
});

test('interval: < 100 ms is well, > 200 ms is an alarm, judged at the mean (E3)', () => {
  expect([99.9, 100, 200, 200.1].map(intervalAt)).toEqual(['ok', 'missed', 'missed', 'alarm']);
  const spread = { ...allAt(300), mean: 60 };
  expect(result('intervalMs', { intervalMs: spread })).toMatchObject({ value: 60, state: 'ok' });
});

test('connections: > 99 % is well, < 95 % is an alarm (E3)', () => {
  expect([0.991, 0.99, 0.95, 0.949].map(connectedAt)).toEqual(['ok', 'missed', 'missed', 'alarm']);
});

test('streams that complete are judged like connections, on their own', () => {
  expect(result('streamSuccess', { streamSuccess: 0.5 })).toMatchObject({
    state: 'alarm',
    reason: 'share was 50 %, the alarm is < 95 %',
  });
});

test('concurrency: 1000 and more is well, > 1500 is an alarm (E3)', () => {
  expect([999, 1000, 1500, 1501].map(peakAt)).toEqual(['missed', 'ok', 'ok', 'alarm']);
});

test('concurrency is not judged by a load that asked for fewer streams', () => {
  expect(result('concurrentStreams', { peakConcurrency: 200 }, 200)).toMatchObject({
    state: 'not-judged',
    value: 200,
    reason: 'the load asked for 200 at once, fewer than the target',
  });
});

test('one completed stream with other text than planned is an alarm', () => {
  expect(result('textMismatches', { textMismatches: 0 })?.state).toBe('ok');
  expect(result('textMismatches', { textMismatches: 1 })).toMatchObject({
    state: 'alarm',
    reason: 'count was 1, the alarm is > 0',
  });
});

test('what was not measured is not judged, and says why', () => {
  expect(result('firstChunkMs', { firstChunkMs: null })).toMatchObject({
    state: 'not-judged',
    value: null,
    reason: 'no judged stream received any text',
  });
  expect(result('intervalMs', { intervalMs: null })?.reason).toBe(
    'no judged stream received two chunks',
  );
  expect(result('textMismatches', { textMismatches: null })?.state).toBe('not-judged');
});

test('limits are worded as the specification words them', () => {
  const results = judgeTargets(makeMetrics(), specified, { streams: 1000 }, null);
  expect(results.map(targetWords)).toEqual([
    '< 500 ms',
    '< 100 ms',
    '> 99 %',
    '> 99 %',
    '≥ 1,000',
    '0',
  ]);
  expect(results.map(alarmWords)).toEqual([
    '> 1 s',
    '> 200 ms',
    '< 95 %',
    '< 95 %',
    '> 1,500',
    '> 0',
  ]);
});
