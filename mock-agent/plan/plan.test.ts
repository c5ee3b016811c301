import fc from 'fast-check';
import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { planSha256, planStream, type PlanRequest } from './plan.ts';
import { countChars } from '../../proto/notation/code-points.ts';

const request: PlanRequest = {
  scenario: 'healthy',
  key: 'k',
  prompt: '写一段500字的故事',
  model: 'gpt-4',
};

const healthy = behaviourSchema.parse({});

const steady = (text: string) =>
  behaviourSchema.parse({
    text: { given: text },
    firstToken: '200ms',
    interToken: '20ms',
    tokenChars: { min: 2, max: 2 },
  });

test('a chunk is sent as soon as five characters are buffered, and the remaining text at the end (D1)', () => {
  expect(planStream(steady('abcdefghijklm'), 1, request).chunks).toEqual([
    { atMs: 240, delta: 'abcdef', isFinal: false },
    { atMs: 300, delta: 'ghijkl', isFinal: false },
    { atMs: 320, delta: 'm', isFinal: true },
  ]);
});

test('the final chunk is empty if the last token completes a chunk', () => {
  expect(planStream(steady('abcdef'), 1, request).chunks).toEqual([
    { atMs: 240, delta: 'abcdef', isFinal: false },
    { atMs: 240, delta: '', isFinal: true },
  ]);
});

test('a plan contains the request and the end of the stream', () => {
  expect(planStream(steady('abc'), 5, request)).toEqual({
    ...request,
    seed: 5,
    nth: 1,
    speed: 1,
    text: 'abc',
    wire: [],
    faults: [],
    acceptAtMs: 0,
    chunks: [{ atMs: 220, delta: 'abc', isFinal: true }],
    end: { kind: 'final', atMs: 220 },
  });
});

test('the plan of the default behaviour does not change, since recorded expectations depend on it', () => {
  expect(planSha256(planStream(healthy, 1, request))).toMatchInlineSnapshot(
    `"c67ee6bd6a615c144a2f40a35aa28cdc0f8fe6197c308600d7fb2f7bd1817ffe"`,
  );
  expect(
    planSha256(planStream(healthy, 1, { ...request, prompt: 'Write a story' })),
  ).toMatchInlineSnapshot(`"7f31777daf08065074f9cc582d87b9843b788d5c87823fa56e2b6a7ef53b6f90"`);
});

test.each<[string, number, Partial<PlanRequest>]>([
  ['seed', 2, {}],
  ['key', 1, { key: 'other' }],
  ['scenario', 1, { scenario: 'other' }],
])('another %s gives another text and other times', (_, seed, change) => {
  const one = planStream(healthy, 1, request);
  const other = planStream(healthy, seed, { ...request, ...change });
  expect(other.text).not.toBe(one.text);
  expect(other.end.atMs).not.toBe(one.end.atMs);
});

test('another timing does not change the text or the tokens', () => {
  const slow = planStream(behaviourSchema.parse({ interToken: '50ms' }), 1, request);
  const fast = planStream(behaviourSchema.parse({ interToken: '1ms' }), 1, request);
  expect(slow.chunks.map((chunk) => chunk.delta)).toEqual(fast.chunks.map((chunk) => chunk.delta));
});

test('another speed changes the times, but neither the order nor the text', () => {
  const plan = planStream(steady('abcdefghijklm'), 1, { ...request, speed: 10 });
  expect(plan.chunks).toEqual([
    { atMs: 24, delta: 'abcdef', isFinal: false },
    { atMs: 30, delta: 'ghijkl', isFinal: false },
    { atMs: 32, delta: 'm', isFinal: true },
  ]);
  const instant = planStream(steady('abcdefghijklm'), 1, { ...request, speed: 'instant' });
  expect(instant.chunks.map(({ atMs }) => atMs)).toEqual([0, 0, 0]);
  expect(instant.text).toBe(plan.text);
});

const anyBehaviour = fc.record({
  text: fc.oneof(
    fc.record({ given: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }) }),
    fc.record({
      generate: fc.record({
        language: fc.constantFrom('auto', 'zh', 'en'),
        chars: fc.integer({ min: 1, max: 800 }),
      }),
    }),
    fc.record({ generate: fc.record({ tokens: fc.integer({ min: 1, max: 300 }) }) }),
    fc.constant('echo'),
  ),
  firstToken: fc.integer({ min: 0, max: 3000 }).map((ms) => `${ms}ms`),
  interToken: fc.oneof(
    fc.record({
      normal: fc.record({
        mean: fc.integer({ min: 0, max: 100 }).map((ms) => `${ms}ms`),
        deviation: fc.integer({ min: 0, max: 50 }).map((ms) => `${ms}ms`),
      }),
    }),
    fc.record({ tokensPerSecond: fc.integer({ min: 1, max: 500 }) }),
    fc.record({
      bursts: fc.record({
        tokens: fc.integer({ min: 1, max: 20 }).map((max) => ({ min: 1, max })),
        within: fc.constant('5ms'),
        pause: fc.constant({ lognormal: { mean: '300ms', variation: 1 } }),
      }),
    }),
  ),
  chunkChars: fc.integer({ min: 1, max: 40 }),
});

test('for any behaviour, the chunks contain the text in order, and only the last one is final', () => {
  fc.assert(
    fc.property(anyBehaviour, fc.integer(), fc.string(), (input, seed, key) => {
      const behaviour = behaviourSchema.parse(input);
      const { chunks, text, end } = planStream(behaviour, seed, { ...request, key });
      expect(chunks.map((chunk) => chunk.delta).join('')).toBe(text);
      expect(chunks.map((chunk) => chunk.isFinal)).toEqual(
        chunks.map((_, index) => index === chunks.length - 1),
      );
      const times = chunks.map((chunk) => chunk.atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.every((time) => Number.isInteger(time) && time >= 0)).toBe(true);
      expect(end.atMs).toBe(times.at(-1));
      for (const chunk of chunks.slice(0, -1)) {
        expect(countChars(chunk.delta)).toBeGreaterThanOrEqual(behaviour.chunkChars);
      }
    }),
  );
});

test('for any behaviour, a plan does not depend on earlier plans', () => {
  fc.assert(
    fc.property(anyBehaviour, fc.array(fc.string(), { maxLength: 5 }), (input, others) => {
      const behaviour = behaviourSchema.parse(input);
      const alone = planSha256(planStream(behaviour, 1, request));
      for (const key of others) planStream(behaviour, 1, { ...request, key });
      expect(planSha256(planStream(behaviour, 1, request))).toBe(alone);
    }),
  );
});
