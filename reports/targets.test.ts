import { expect, test } from 'vitest';
import { z } from 'zod';

import { targetsSchema } from './targets.ts';

const problemOf = (targets: unknown) => {
  const result = targetsSchema.safeParse(targets);
  return result.success ? 'none' : z.prettifyError(result.error);
};

test('left out, the targets are those of the specification (E3)', () => {
  const specified = {
    firstChunkMs: { target: 500, alarm: 1000 },
    intervalMs: { target: 100, alarm: 200 },
    connectionSuccess: { target: 0.99, alarm: 0.95 },
    streamSuccess: { target: 0.99, alarm: 0.95 },
    concurrentStreams: { target: 1000, alarm: 1500 },
    contentTypeParameters: false,
  };
  expect(targetsSchema.parse(undefined)).toEqual(specified);
  expect(targetsSchema.parse({})).toEqual(specified);
});

test('one limit can be set while the other keeps its default', () => {
  expect(targetsSchema.parse({ firstChunk: { target: '300ms' } }).firstChunkMs).toEqual({
    target: 300,
    alarm: 1000,
  });
});

test('an alarm below its target is refused where less is better, defaults named too', () => {
  expect(problemOf({ firstChunk: { target: '2s' } })).toBe(
    '✖ target 2000 ms with alarm 1000 ms: less is better here, so the alarm may not be below the target\n  → at firstChunk.alarm',
  );
});

test('an alarm above its target is refused where more is better', () => {
  expect(problemOf({ streamSuccess: { alarm: '99.9%' } })).toBe(
    '✖ target 0.99 with alarm 0.999: more is better here, so the alarm may not be above the target\n  → at streamSuccess.alarm',
  );
});

test('more streams than the alarm allows cannot be the target', () => {
  expect(problemOf({ concurrentStreams: { target: 2000 } })).toBe(
    '✖ target 2000 streams with alarm 1500 streams: more than the alarm are too many, so it may not be below the target\n  → at concurrentStreams.alarm',
  );
});

test('an alarm may equal its target', () => {
  expect(problemOf({ interval: { target: '100ms', alarm: '0.1s' } })).toBe('none');
});

test('unknown keys, wrong units and all other problems are reported at once', () => {
  const problems = problemOf({
    first: 1,
    firstChunk: { target: 500 },
    interval: { target: '100 ms' },
    connectionSuccess: { target: 0.99 },
    streamSuccess: { target: '101%' },
  });
  expect(problems).toContain('Unrecognized key: "first"');
  expect(problems).toContain('firstChunk.target');
  expect(problems).toContain('interval.target');
  expect(problems).toContain('streamSuccess.target');
  expect(problems).toContain('connectionSuccess.target');
});
