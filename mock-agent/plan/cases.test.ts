import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { casesSchema, chooseBehaviour } from './cases.ts';

const saying = (text: string) => ({ text: { given: text } });
const baseRequest = { prompt: 'Tell me a story', model: 'gpt-4', nth: 1 };

/** Returns the text of the chosen behaviour. */
function chooseText(cases: unknown[], request: Partial<typeof baseRequest> = {}): unknown {
  const scenario = {
    behaviour: behaviourSchema.parse(saying('default')),
    cases: casesSchema.parse(cases),
  };
  const { text } = chooseBehaviour(scenario, { ...baseRequest, ...request });
  return 'given' in text ? text.given : undefined;
}

test.each<[string, unknown, Partial<typeof baseRequest>, string]>([
  ['a part of the prompt', { promptContains: 'story' }, {}, 'case'],
  ['another part', { promptContains: 'Story' }, {}, 'default'],
  ['an expression', { promptMatches: '(?i)^tell .* STORY$' }, {}, 'case'],
  ['an expression that does not match', { promptMatches: '^story' }, {}, 'default'],
  ['the model', { model: 'gpt-4' }, {}, 'case'],
  ['another model', { model: 'gpt-4' }, { model: 'gpt-4o' }, 'default'],
  ['the nth request', { nth: 2 }, { nth: 2 }, 'case'],
  ['another request', { nth: 2 }, { nth: 3 }, 'default'],
  ['all of several conditions', { model: 'gpt-4', nth: 1 }, {}, 'case'],
  ['only one of several conditions', { model: 'gpt-4', nth: 2 }, {}, 'default'],
])('a case is chosen by %s', (_, when, request, expected) => {
  expect(chooseText([{ when, behaviour: saying('case') }], request)).toBe(expected);
});

test('the first matching case is chosen', () => {
  const cases = [
    { when: { promptContains: 'poem' }, behaviour: saying('poem') },
    { when: { model: 'gpt-4' }, behaviour: saying('first') },
    { when: { promptContains: 'story' }, behaviour: saying('second') },
  ];
  expect(chooseText(cases)).toBe('first');
});

test('an expression that freezes a backtracking engine takes linear time', () => {
  const cases = [{ when: { promptMatches: '(a+)+$' }, behaviour: saying('case') }];
  expect(chooseText(cases, { prompt: `${'a'.repeat(20_000)}b` })).toBe('default');
});

test.each([
  ['no condition', { when: {} }, 'a case needs at least one of'],
  ['an invalid expression', { when: { promptMatches: '(' } }, 'not a regular expression (RE2)'],
  ['a back-reference', { when: { promptMatches: '(a)\\1' } }, 'not a regular expression (RE2)'],
  ['an unknown condition', { when: { prompt: 'a' } }, 'Unrecognized key'],
])('%s is rejected', (_, invalidCase, message) => {
  expect(casesSchema.safeParse([invalidCase]).error?.issues[0]?.message).toContain(message);
});
