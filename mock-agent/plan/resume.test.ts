import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { planStream } from './plan.ts';

const behaviour = behaviourSchema.parse({
  text: { given: 'aabbcc' },
  firstToken: '100ms',
  interToken: '10ms',
  tokenChars: { min: 2, max: 2 },
  chunkChars: 2,
  faults: [{ dropConnection: { at: 'end' } }],
});

const planFrom = (fromChar: number) =>
  planStream(behaviour, 1, { scenario: 's', key: 'k', prompt: 'p', model: 'm', fromChar });

test('text that was already read is sent at once, and later chunks keep their distance from it', () => {
  const plan = planFrom(3);
  expect(plan.chunks.map(({ atMs, delta }) => `${atMs}${delta}`)).toEqual([
    '0aa',
    '0bb',
    '10cc',
    '10',
  ]);
  expect(plan.end.atMs).toBe(10);
  expect(plan.wire).toMatchObject([{ afterChars: 6, afterMs: 10 }]);
});

test('a client that has read everything gets the end at once', () => {
  expect(planFrom(6).chunks.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 0]);
  expect(planFrom(999).end.atMs).toBe(0);
});

test('a client that has read nothing gets the planned stream', () => {
  expect(planFrom(0).chunks.map(({ atMs }) => atMs)).toEqual([100, 110, 120, 120]);
});
