import { expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { planStream, type StreamPlan } from '../plan/plan.ts';

const request = { scenario: 'test', key: 'k', prompt: 'a', model: 'm' };

/** Plans the chunks aa at 100 ms, bb at 110 ms, cc at 120 ms and an empty final one at 120 ms. */
function plan(...faults: unknown[]): StreamPlan {
  const behaviour = behaviourSchema.parse({
    text: { given: 'aabbcc' },
    firstToken: '100ms',
    interToken: '10ms',
    tokenChars: { min: 2, max: 2 },
    chunkChars: 2,
    faults,
  });
  return planStream(behaviour, 1, request);
}

/** Summarises a plan: each chunk as its time, its text and a mark, then the end. */
function summarise({ acceptAtMs, chunks, end }: StreamPlan): string {
  const marks = chunks.map(({ atMs, delta, isFinal, error }) =>
    [atMs, delta, isFinal ? '!' : '', error === undefined ? '' : `(${error})`].join(''),
  );
  const { kind, atMs, ...settings } = end;
  const suffix = Object.values(settings).join(' ');
  const accept = acceptAtMs === 0 ? [] : [`accept ${acceptAtMs}`];
  return [...accept, ...marks, `${kind} ${atMs} ${suffix}`.trim()].join(', ');
}

test('without a fault a stream follows the behaviour', () => {
  expect(summarise(plan())).toBe('100aa, 110bb, 120cc, 120!, final 120');
});

test.each<[string, unknown, string]>([
  [
    'refuse',
    { refuse: { status: 'RESOURCE_EXHAUSTED', details: 'slow down' } },
    'accept null, status 0 RESOURCE_EXHAUSTED slow down',
  ],
  [
    'slowAccept',
    { slowAccept: { for: '1s' } },
    'accept 1000, 1100aa, 1110bb, 1120cc, 1120!, final 1120',
  ],
  [
    'errorStatus',
    { errorStatus: { at: { chunks: 2 }, status: 'INTERNAL', details: 'boom' } },
    '100aa, 110bb, status 110 INTERNAL boom',
  ],
  [
    'errorStatus at the start',
    { errorStatus: { at: 'start', details: 'boom' } },
    'status 0 INTERNAL boom',
  ],
  [
    'errorStatus at the end',
    { errorStatus: { at: 'end', details: 'boom' } },
    '100aa, 110bb, 120cc, status 120 INTERNAL boom',
  ],
  [
    'errorStatus at a time',
    { errorStatus: { at: { time: '105ms' }, details: 'boom' } },
    '100aa, status 105 INTERNAL boom',
  ],
  [
    'errorField',
    { errorField: { at: { chars: 3 }, message: 'boom' } },
    '100aa, 110bb, 110(boom), error-field 110 boom',
  ],
  [
    'stall',
    { stall: { at: { chunks: 1 }, for: '3s' } },
    '100aa, 3110bb, 3120cc, 3120!, final 3120',
  ],
  ['silence', { silence: { at: { chunks: 1 } } }, '100aa, silence 100'],
  [
    'trickle',
    { trickle: { at: { chunks: 1 }, interval: '50ms' } },
    '100aa, 110b, 160b, 210c, 260c, 310!, final 310',
  ],
  ['burst', { burst: { at: { chunks: 1 } } }, '100aa, 120bb, 120cc, 120!, final 120'],
  ['noFinal', { noFinal: {} }, '100aa, 110bb, 120cc, no-final 120'],
  ['finalTwice', { finalTwice: {} }, '100aa, 110bb, 120cc, 120!, 120!, final 120'],
  [
    'textAfterFinal',
    { textAfterFinal: { text: 'x' } },
    '100aa, 110bb, 120cc, 120!, 120x, final 120',
  ],
  [
    'emptyChunks',
    { emptyChunks: { at: { chunks: 1 }, count: 2 } },
    '100aa, 100, 100, 110bb, 120cc, 120!, final 120',
  ],
  [
    'hugeChunk',
    { hugeChunk: { at: 'start', chars: 3 } },
    '0xxx, 100aa, 110bb, 120cc, 120!, final 120',
  ],
  ['crash', { crash: { at: { chunks: 2 } } }, '100aa, 110bb, crash 110'],
  ['down', { down: { at: { chunks: 1 }, for: '5s' } }, '100aa, down 100 5000'],
])('%s changes the plan as documented', (_, fault, expected) => {
  expect(summarise(plan(fault))).toBe(expected);
});

test('the text of a plan is the text that a correct client reads', () => {
  expect(plan({ errorStatus: { at: { chunks: 1 } } }).text).toBe('aa');
  expect(plan({ textAfterFinal: {} }).text).toBe('aabbcc');
  expect(plan({ hugeChunk: { at: 'start', chars: 2 } }).text).toBe('xxaabbcc');
});

test('a fault whose place the stream does not reach changes nothing and is not listed', () => {
  const late = plan(
    { stall: { at: { chunks: 99 }, for: '1s' } },
    { crash: { at: { time: '1m' } } },
  );
  expect(summarise(late)).toBe('100aa, 110bb, 120cc, 120!, final 120');
  expect(late.faults).toEqual([]);
});

test('no fault strikes after the final chunk', () => {
  expect(plan({ finalTwice: {} }, { errorStatus: { at: 'end' } }).faults).toEqual(['finalTwice']);
});

test('faults apply in order, each to the result of the ones before it', () => {
  const both = plan(
    { stall: { at: { chunks: 1 }, for: '1s' } },
    { errorStatus: { at: { chunks: 2 }, details: 'boom' } },
    { noFinal: {} },
  );
  expect(summarise(both)).toBe('100aa, 1110bb, status 1110 INTERNAL boom');
  expect(both.faults).toEqual(['stall', 'errorStatus']);
});

test('each fault strikes with its probability, independently of the others', () => {
  const behaviour = behaviourSchema.parse({
    text: { given: 'aabbcc' },
    faults: [
      { stall: { at: 'start', for: '1s' }, probability: '30%' },
      { slowAccept: { for: '1s' }, probability: '50%' },
    ],
  });
  const plans = Array.from({ length: 4000 }, (_, index) =>
    planStream(behaviour, 1, { ...request, key: `k-${index}` }),
  );
  const share = (...names: string[]) =>
    plans.filter(({ faults }) => names.every((name) => faults.includes(name))).length / 4000;
  expect(share('stall')).toBeCloseTo(0.3, 1);
  expect(share('slowAccept')).toBeCloseTo(0.5, 1);
  expect(share('stall', 'slowAccept')).toBeCloseTo(0.15, 1);
});

test('a fault changes neither the text nor the times of streams that it does not strike', () => {
  const faulty = behaviourSchema.parse({
    faults: [{ silence: { at: 'start' }, probability: '50%' }],
  });
  const healthy = behaviourSchema.parse({});
  const spared = Array.from({ length: 50 }, (_, index) => ({ ...request, key: `k-${index}` }))
    .map((spareRequest) => [spareRequest, planStream(faulty, 1, spareRequest)] as const)
    .filter(([, plan]) => plan.faults.length === 0);
  expect(spared.length).toBeGreaterThan(10);
  expect(spared.map(([, plan]) => plan)).toEqual(
    spared.map(([spareRequest]) => planStream(healthy, 1, spareRequest)),
  );
});

test.each<[string, unknown, string]>([
  [
    'no fault',
    { probability: '5%' },
    'an entry names a fault with its settings; there are refuse, slowAccept,',
  ],
  [
    'two faults',
    { noFinal: {}, finalTwice: {} },
    'an entry names one fault, not both noFinal and finalTwice',
  ],
  ['an unknown fault', { explode: {} }, 'Unrecognized key: "explode"'],
  [
    'a probability without a per cent sign',
    { noFinal: {}, probability: 0.5 },
    'written in per cent',
  ],
  [
    'an unknown place',
    { stall: { at: 'middle', for: '1s' } },
    'a place is start, underway, end, or',
  ],
  ['the status OK', { refuse: { status: 'OK' } }, 'Invalid option'],
])('%s is rejected', (_, fault, message) => {
  const { error } = behaviourSchema.safeParse({ faults: [fault] });
  expect(JSON.stringify(error?.issues)).toContain(message.replaceAll('"', '\\"'));
});

test('a fault next to one that always refuses is rejected, since it could never strike', () => {
  const { error } = behaviourSchema.safeParse({ faults: [{ noFinal: {} }, { refuse: {} }] });
  expect(error?.issues[0]).toMatchObject({
    path: ['faults', 0],
    message:
      'refuse always strikes here and leaves no stream for noFinal; give it a probability or leave one out',
  });
});

test('a fault without a place strikes once the stream is underway', () => {
  const reasoned = { text: { given: 'aabb' }, reasoning: { given: 'hm' }, chunkChars: 2 };
  const lengthsOf = (behaviour: object) =>
    planStream(behaviourSchema.parse({ ...behaviour, faults: ['error'] }), 1, request).chunks.map(
      ({ delta }) => delta.length,
    );
  expect(summarise(plan('error'))).toBe('100aa, status 100 INTERNAL the model failed');
  expect(lengthsOf({ text: { given: 'one' } })).toEqual([3]);
  expect(lengthsOf({ text: 'none' })).toEqual([]);
  expect(lengthsOf(reasoned).at(-1)).toBe(2);
});

test('a fault with nothing behind its name has its defaults', () => {
  expect(plan({ stall: null, probability: '100%' }).chunks.map(({ atMs }) => atMs)).toEqual([
    100, 5110, 5120, 5120,
  ]);
});
