import { expect, test } from 'vitest';

import { checkShards } from './check-shards.ts';
import { exampleShard } from './testing/example-shards.ts';

const three = () => [1, 2, 3].map((number) => exampleShard({ number, of: 3 }));

const refusal = (shards: Parameters<typeof checkShards>[0]) => {
  try {
    checkShards(shards);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
};

test('complete shards of one load come in the order of their numbers', () => {
  const numbers = checkShards(three().toReversed()).map(({ shard }) => shard.number);
  expect(numbers).toEqual([1, 2, 3]);
});

test('a missing shard is named', () => {
  expect(refusal(three().slice(0, 1))).toContain('missing: shard 2/3, 3/3');
});

test('a doubled shard is named with both folders', () => {
  const again = { ...exampleShard({ number: 2, of: 3 }), folder: 'again' };
  expect(refusal([...three(), again])).toContain('again: shard 2/3 again, after shard-2');
});

test('a shard that broke off is named', () => {
  const [first, ...others] = three();
  const broken = others.map((shard) => ({ ...shard, result: null }));
  const message = refusal([...(first ? [first] : []), ...broken]);
  expect(message).toContain('shard-2: broken off');
  expect(message).toContain('shard-3: broken off');
});

test('a shard of another load is refused with what differs', () => {
  const [first, second, third] = three() as [
    ReturnType<typeof exampleShard>,
    ReturnType<typeof exampleShard>,
    ReturnType<typeof exampleShard>,
  ];
  const scenario = { ...third.fingerprint.scenario, seed: 43, behaviour: 'aaaaaaaaaaaa' };
  const foreign: [Partial<typeof third>, string][] = [
    [
      { fingerprint: { ...third.fingerprint, scenario } },
      `scenario, behaviour: ${third.fingerprint.scenario.behaviour} against aaaaaaaaaaaa; scenario, seed: 42 against 43`,
    ],
    [
      {
        fingerprint: {
          ...third.fingerprint,
          scenario: { ...third.fingerprint.scenario, transport: 'get' },
        },
      },
      'scenario, transport: post against get',
    ],
    [{ shard: { number: 3, of: 4 } }, 'number of shards: 3 against 4'],
    [{ target: 'http://other.example/' }, `target: ${first.target} against http://other.example/`],
    [
      { tool: { name: 'rehearsal', version: '9.9.9' } },
      'version of rehearsal: 0.1.0 against 9.9.9',
    ],
    [
      { startAt: '2026-01-31T13:00:00.000Z' },
      'start time: 2026-01-31T12:00:00.000Z against 2026-01-31T13:00:00.000Z',
    ],
    [{ targets: { ...third.targets, contentTypeParameters: true } }, 'targets: not the same'],
  ];
  for (const [change, reason] of foreign) {
    expect(refusal([first, second, { ...third, ...change }])).toContain(
      `shard-3: of another load than shard-1: ${reason}`,
    );
  }
});
