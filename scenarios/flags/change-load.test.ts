import { expect, test } from 'vitest';

import { changeLoad } from './change-load.ts';
import { findScenario } from '../file/find-scenario.ts';
import { fingerprintOf } from '../run/fingerprint-scenario.ts';
import { loadSchema } from '../load/profile/profile.ts';

const benchmark = await findScenario('benchmark');
const withLoad = (load: unknown) => ({ ...benchmark, load: loadSchema.parse(load) });

test('flags replace streams and window of the scenario, and nothing else', () => {
  const { load, description } = changeLoad(benchmark, { streams: 50, windowMs: 10_000 });
  expect(description).toBe(`${benchmark.description} (run with --streams 50 --window 10s)`);
  expect(load).toEqual({ ...benchmark.load, streams: 50, windowMs: 10_000 });
  expect(changeLoad(benchmark, {})).toBe(benchmark);
});

test('a dialect is one of the request, and of the fingerprint', () => {
  const changed = changeLoad(benchmark, { dialect: 'openai-chat' });
  expect(changed.description).toBe(`${benchmark.description} (run with --dialect openai-chat)`);
  expect(changed.load).toEqual({
    ...benchmark.load,
    request: { ...benchmark.load.request, dialect: 'openai-chat' },
  });
  expect(fingerprintOf(changed, 1).load).not.toBe(fingerprintOf(benchmark, 1).load);
});

test('a run with another load has another fingerprint', () => {
  const print = (streams?: number) => fingerprintOf(changeLoad(benchmark, { streams }), 1).load;
  expect(print(50)).not.toBe(print());
  expect(print(50)).not.toBe(print(51));
});

test.each([
  [
    { stages: [{ over: '1s', to: 1 }] },
    { streams: 1 },
    '--streams: the load of benchmark has stages',
  ],
  [{ arrivals: { perSecond: 1 } }, { streams: 1 }, '--streams: the load of benchmark has arrivals'],
  [
    { stages: [{ over: '1s', to: 1 }] },
    { windowMs: 1 },
    '--window: the load of benchmark has stages',
  ],
  [
    { request: { transport: 'get' } },
    { dialect: 'openai-chat' },
    '--dialect: the load of benchmark has transport: get instead',
  ],
  [{ total: 5 }, { windowMs: 1 }, '--window: the load of benchmark has a total of streams'],
] as const)('a load %j has no such key for %j', (load, changes, message) => {
  expect(() => changeLoad(withLoad(load), changes)).toThrow(message);
});
