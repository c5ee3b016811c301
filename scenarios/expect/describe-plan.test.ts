import { expect, test } from 'vitest';

import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { describePlan } from './describe-plan.ts';
import { planOf } from './plan-request.ts';

const steady = {
  firstToken: '100ms',
  interToken: '10ms',
  tokenChars: { min: 4, max: 4 },
  chunkChars: 4,
};

function describe(behaviour: object, request: object = {}): string {
  const scenario = {
    name: 's',
    behaviour: behaviourSchema.parse({ ...steady, ...behaviour }),
    cases: [],
    seed: 1,
  };
  return describePlan(planOf(scenario, { key: 'k', ...request }), []);
}

test('a plan shows its parts in words, in the order in which they come', () => {
  const message = { role: 'user', content: 'hello', toolCalls: [], toolCallId: '' };
  const lines = describe(
    {
      reasoning: { given: 'Hm, so.' },
      text: { given: 'Look' },
      toolCalls: [{ name: 'find', arguments: { a: 1 }, fragmentChars: 'whole' }],
    },
    { messages: [message] },
  ).split('\n');
  expect(lines).toContain('reasoning 7 characters');
  expect(lines).toContainEqual(expect.stringMatching(/^calls {5}find \{"a":1\} as call_\w{24}$/));
  expect(lines).toContain('finish    tool-calls');
  expect(lines).toContain('usage     2 tokens in (0 cached), 5 out (2 reasoning)');
  expect(lines.slice(lines.indexOf('') + 1)).toEqual([
    '100 ms  reasoning "Hm, "',
    '110 ms  reasoning "so."',
    '120 ms  "Look"',
    '140 ms  call 0 find "{\\"a\\":1}"',
    '140 ms  ""  final',
    '',
  ]);
});

test('a plan of text alone shows text alone', () => {
  const description = describe({ text: { given: 'abcdef' } });
  expect(description).not.toMatch(/^(?:reasoning|calls|finish|usage)/m);
  expect(description).toMatch(/\n\n100 ms {2}"abcd"\n110 ms {2}"ef" {2}final\n$/);
});
