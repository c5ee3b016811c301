import { expect, test } from 'vitest';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { createSharedBreaks, expectBroken } from './shared-breaks.ts';

const sample = (key: string, startAtMs: number, durationMs: number) => ({
  key,
  startAtMs,
  durationMs,
  outcome: 'failed' as const,
  detail: 'AGENT_UNAVAILABLE',
});

const ends: Record<string, StreamPlan['end']> = {
  crashing: { kind: 'crash', atMs: 500 },
  down: { kind: 'down', atMs: 500, forMs: 3000 },
};

function brokenOf(samples: ReturnType<typeof sample>[]): string[] {
  const mayBeBroken = createSharedBreaks(samples, ({ key }) => ({
    end: ends[key] ?? { kind: 'final', atMs: 1000 },
  }));
  return samples.filter(mayBeBroken).map(({ key }) => key);
}

test('a crash may break the streams that are open or begin at its time, but not its own', () => {
  const others = [
    sample('over before it', 1000, 900),
    sample('open beside it', 1800, 1000),
    sample('begins just after it', 2600, 1000),
    sample('begins long after it', 4000, 1000),
  ];
  expect(brokenOf([...others, sample('crashing', 2000, 550)])).toEqual([
    'open beside it',
    'begins just after it',
  ]);
});

test('a stream with a crash may end either way if another crash may have broken it before', () => {
  expect(brokenOf([sample('crashing', 0, 550), sample('down', 0, 550)])).toEqual([
    'crashing',
    'down',
  ]);
});

test('an agent that is down may break streams for as long', () => {
  expect(
    brokenOf([sample('down', 0, 500), sample('early', 4000, 10), sample('late', 6000, 10)]),
  ).toEqual(['early']);
});

test('a broken stream is expected to be broken, any other to end as planned', () => {
  const own = { outcome: 'completed', detail: '', text: 'all' } as const;
  const broken = sample('a', 0, 1);
  expect(expectBroken(broken, own)).toEqual({
    outcome: 'failed',
    detail: 'AGENT_UNAVAILABLE',
    text: null,
  });
  const rejected = {
    ...broken,
    outcome: 'rejected',
    detail: 'status 503 AGENT_UNAVAILABLE',
  } as const;
  expect(expectBroken(rejected, own)).toMatchObject({ outcome: 'rejected', text: null });
  expect(expectBroken({ ...broken, detail: 'GENERATION_ERROR' }, own)).toBe(own);
});
