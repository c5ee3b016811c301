import { expect, test } from 'vitest';

import { loadSchema } from './profile.ts';
import { refuseLargeLoad } from './refuse-large-load.ts';

const refuse = (load: unknown, of = 1) =>
  refuseLargeLoad(loadSchema.parse(load), { number: 1, of });

test('a load of a million streams is valid, and too large for one process', () => {
  expect(() => refuse({ streams: 10_000 })).not.toThrow();
  expect(() => refuse({ streams: 1_000_000 })).toThrow(
    '1,000,000 streams at once are too many for one process which has at most 10,000: divide the load into 100 shards or more, from --shard 1/100 to --shard 100/100',
  );
  expect(() => refuse({ streams: 1_000_000 }, 100)).not.toThrow();
  expect(() => refuse({ streams: 1_000_000 }, 99)).toThrow(
    '10,102 streams at once are too many for one process, one of 99 shards, which has at most 10,000: divide the load into 100 shards or more',
  );
  expect(loadSchema.safeParse({ streams: 1_000_001 }).success).toBe(false);
});

test('arrivals and stages have the same limit', () => {
  expect(() => refuse({ arrivals: { perSecond: 25_000 } })).toThrow(
    '25,000 arrivals per second are too many for one process which has at most 10,000: divide the load into 3 shards',
  );
  const stages = [
    { over: '1s', to: 5 },
    { over: '1s', to: 20_001 },
  ];
  expect(() => refuse({ stages })).toThrow('20,001 streams at once');
  expect(() => refuse({ arrivals: {}, stages })).toThrow('20,001 arrivals per second');
  expect(() => refuse({ arrivals: {}, stages }, 3)).not.toThrow();
});
