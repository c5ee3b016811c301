import fc from 'fast-check';
import { expect, test } from 'vitest';

import { drawsFor } from '../../../proto/draws.ts';
import { loadSchema } from './profile.ts';
import { arrivalKeyOf } from '../request.ts';
import { arrivalsOf, shareOf, slotsOf, wholeLoad, type Shard } from './shard.ts';

const shardsOf = (of: number): Shard[] =>
  Array.from({ length: of }, (_, index) => ({ number: index + 1, of }));

const counts = fc.integer({ min: 1, max: 50 });
const ms = (max: number) => fc.integer({ min: 0, max }).map((value) => `${value}ms`);
const stages = (most: number) =>
  fc
    .array(
      fc.record({
        over: ms(2000),
        to: fc.oneof(
          fc.integer({ min: 0, max: most }),
          fc.double({ min: 0, max: most, noNaN: true }),
        ),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((steps) => [{ over: '100ms', to: 1 }, ...steps]);

/** Closed loads with a ramp, with stages, with a total. */
const closedLoads = fc.oneof(
  fc.record({
    streams: fc.integer({ min: 1, max: 200 }),
    ramp: ms(3000),
    window: fc.constant('1s'),
  }),
  fc.record({ stages: stages(150) }),
  fc.record({ streams: counts, total: counts, ramp: ms(1000) }),
);

/** Open loads of both laws with a ramp, with stages, with a total. */
const openLoads = fc
  .tuple(
    fc.constantFrom('poisson', 'constant'),
    fc.oneof(
      fc.record({
        perSecond: fc.double({ min: 0.5, max: 300, noNaN: true }),
        others: fc.record({ ramp: ms(3000), warmUp: ms(500), window: fc.constant('1s') }),
      }),
      fc.record({ perSecond: fc.constant(undefined), others: fc.record({ stages: stages(300) }) }),
      fc.record({
        perSecond: fc.double({ min: 0.5, max: 300, noNaN: true }),
        others: fc.record({ total: fc.integer({ min: 1, max: 300 }), ramp: ms(1000) }),
      }),
    ),
  )
  .map(([law, { perSecond, others }]) => ({ arrivals: { law, perSecond }, ...others }));

test('the slots of all shards are those of the undivided load, with its starts', () => {
  fc.assert(
    fc.property(closedLoads, counts, (load, of) => {
      const profile = loadSchema.parse(load);
      const divided = shardsOf(of).flatMap((shard) => slotsOf(profile, shard));
      expect(divided.toSorted((a, b) => a.slot - b.slot)).toEqual(slotsOf(profile, wholeLoad));
    }),
  );
});

test('the arrivals of all shards are those of the undivided load, with their keys and due times', () => {
  fc.assert(
    fc.property(openLoads, counts, fc.integer(), (load, of, seed) => {
      const profile = loadSchema.parse(load);
      const arrivals = (shard: Shard) => {
        const draw = drawsFor({ seed, scenario: '', key: '' })('arrivals');
        return [...arrivalsOf(profile, draw, shard)];
      };
      const divided = shardsOf(of).flatMap(arrivals);
      const keyed = (all: typeof divided) =>
        all.map(({ number, dueAtMs }) => ({ key: arrivalKeyOf(number), dueAtMs }));
      const whole = arrivals(wholeLoad);
      expect(keyed(divided.toSorted((a, b) => a.number - b.number))).toEqual(keyed(whole));
      expect(whole.map(({ number }) => number)).toEqual(whole.map((_, index) => index));
      expect(whole).toHaveLength(profile.total ?? whole.length);
    }),
  );
});

test('each shard has its share of the arrivals', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), counts, (total, of) => {
      const profile = loadSchema.parse({ arrivals: { perSecond: 100, law: 'constant' }, total });
      for (const shard of shardsOf(of)) {
        const { length } = [...arrivalsOf(profile, Math.random, shard)];
        expect(length).toBe(shareOf(total, shard));
        expect(Math.abs(length - total / of)).toBeLessThan(1);
      }
    }),
  );
});
