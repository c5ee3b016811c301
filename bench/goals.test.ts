import { expect, test } from 'vitest';

import { goalsOf, isMet } from './goals.ts';
import { renderBench } from './render-bench.ts';
import { figuresOf, type BenchResults, type CaseResult } from './results.ts';
import type { RoundFigures } from './round.ts';

const figures: RoundFigures = {
  cpuPerEventUs: 10,
  cpuCores: 0.2,
  memoryPerStreamKb: 30,
  eventsPerSec: 20_000,
  goodShare: 1,
  brokenStreams: 0,
  firstLateP50Ms: 2,
  firstLateP99Ms: 8,
  firstLateMaxMs: 90,
  lateP50Ms: 1,
  lateP99Ms: 5,
  lateMaxMs: 20,
  driftP99Ms: 3,
  clientCpuCores: 0.2,
  clientLoopDelayP99Ms: 1,
};

function result(server: string, streams: number, ...rounds: Partial<RoundFigures>[]): CaseResult {
  const given = rounds.map((round) => ({ ...figures, ...round }));
  return { server, streams, eventsPerSec: 20, rounds: given.length, figures: figuresOf(given) };
}

const results: BenchResults = {
  planUs: 50,
  starts: [
    {
      server: 'floor',
      startUs: { median: 200, min: 190, max: 210 },
      instant: result('floor', 1000, { firstLateMaxMs: 40 }),
    },
    {
      server: 'rehearsal',
      startUs: { median: 700, min: 600, max: 800 },
      instant: result('rehearsal', 1000, {}),
    },
  ],
  held: [
    result('rehearsal', 500, { cpuPerEventUs: 12 }),
    result('rehearsal', 1000, { cpuPerEventUs: 9 }, { cpuPerEventUs: 30 }, { cpuPerEventUs: 10 }),
    result('rehearsal, openai-chat', 1000, { cpuPerEventUs: 9, lateP99Ms: 6 }),
    result('aimock', 1000, { cpuPerEventUs: 20, lateP99Ms: 170 }),
    result('mock-llm', 1000, { cpuPerEventUs: 18, lateP99Ms: 200 }),
    result('rehearsal', 3000, { lateP99Ms: 40 }),
  ],
};

function goal(words: string) {
  const found = goalsOf(results).find((each) => each.goal.includes(words));
  if (found === undefined) throw new Error(`no goal of ${words}`);
  return found;
}

test('a goal compares the median of the rounds, or a ratio of medians, with its bound', () => {
  expect(goal('1000 streams: processor time per event, relative to aimock')).toMatchObject({
    value: 0.5,
    below: 1,
  });
  expect(isMet(goal('1000 streams: processor time per event, relative to aimock'))).toBe(true);
  expect(goal('3000 streams, 20 events/s: event lateness')).toMatchObject({ value: 40 });
  expect(isMet(goal('3000 streams, 20 events/s: event lateness'))).toBe(false);
  expect(goal('start and end of a stream')).toMatchObject({ value: 700, below: 60 });
  expect(isMet(goal('start and end of a stream'))).toBe(false);
  expect(goal('simultaneous requests')).toMatchObject({ value: 90 });
});

test('a goal without a measurement is not met', () => {
  expect(goal('10,000 streams, 10 events/s: event lateness').value).toBeUndefined();
  expect(isMet(goal('10,000 streams, 10 events/s: event lateness'))).toBe(false);
});

test('the tables show met and missed goals, and the spread of the rounds', () => {
  const run = {
    version: '1.2.3',
    node: '20.19.0',
    cpu: 'Test CPU',
    cores: 2,
    rounds: 3,
    servers: [{ name: 'rehearsal', note: 'both' }],
    missing: ['mock-llm (no network)'],
  };
  const markdown = renderBench(run, goalsOf(results), results);
  expect(markdown).toContain('Rehearsal 1.2.3, Node 20.19.0, 2 × Test CPU');
  expect(markdown).toContain('| 3000 streams: memory per stream | 40 kB | 30 kB | met |');
  expect(markdown).toContain(
    '| 10,000 streams, 10 events/s: event lateness, p99 | 25 ms | not measured | not met |',
  );
  expect(markdown).toContain('| rehearsal | 1000 × 20 | 10.0 (9.0–30.0) |');
  expect(markdown).toContain('| floor | 200 (190–210) | 2 (2–2) | 8 (8–8) | 40 (40–40) |');
  expect(markdown).toContain('- not measured: mock-llm (no network)');
});

test('openai-chat is compared with the better of the other servers, figure by figure', () => {
  expect(
    goal('openai-chat, 1000 streams: processor time per event, relative to the better'),
  ).toMatchObject({
    value: 0.5,
    below: 0.8,
  });
  const { value } = goal('openai-chat, 1000 streams: event lateness');
  expect(value).toBeCloseTo(6 / 170);
});
