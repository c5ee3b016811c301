import { expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { planStream } from '../plan/plan.ts';
import { faultRates } from './rates.ts';

test('the effective rate of a fault is lower if other faults end streams before it', () => {
  const { faults, ...behaviour } = behaviourSchema.parse({
    faults: [
      { errorStatus: { at: 'start' }, probability: '50%' },
      { stall: { at: { chunks: 5 }, for: '1s' }, probability: '50%' },
      { stall: { at: { chunks: 9 }, for: '1s' }, probability: '10%' },
      { crash: { at: { time: '10m' } } },
    ],
  });
  const plans = Array.from({ length: 1000 }, (_, index) =>
    planStream({ faults, ...behaviour }, 1, {
      scenario: 's',
      key: `k-${index}`,
      prompt: 'p',
      model: 'm',
    }),
  );
  expect(faultRates(faults, plans)).toEqual([
    { name: 'errorStatus', probabilities: [0.5], struck: 523, streams: 1000 },
    { name: 'stall', probabilities: [0.5, 0.1], struck: 255, streams: 1000 },
    { name: 'crash', probabilities: [1], struck: 0, streams: 1000 },
  ]);
});
