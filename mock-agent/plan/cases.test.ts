import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { casesSchema, chooseBehaviour } from './cases.ts';

const said = (text: string) => ({ text: { given: text } });
const asked = { prompt: 'Tell me a story', model: 'gpt-4', nth: 1 };

/** The text of the behaviour that answers. */
function answer(cases: unknown[], request: Partial<typeof asked> = {}): unknown {
  const scenario = {
    behaviour: behaviourSchema.parse(said('default')),
    cases: casesSchema.parse(cases),
  };
  const { text } = chooseBehaviour(scenario, { ...asked, ...request });
  return 'given' in text ? text.given : undefined;
}

test.each<[string, unknown, Partial<typeof asked>, string]>([
  ['a part of the prompt', { promptContains: 'story' }, {}, 'case'],
  ['another part', { promptContains: 'Story' }, {}, 'default'],
  ['an expression', { promptMatches: '(?i)^tell .* STORY$' }, {}, 'case'],
  ['an expression that does not match', { promptMatches: '^story' }, {}, 'default'],
  ['the model', { model: 'gpt-4' }, {}, 'case'],
  ['another model', { model: 'gpt-4' }, { model: 'gpt-4o' }, 'default'],
  ['the nth request', { nth: 2 }, { nth: 2 }, 'case'],
  ['another request', { nth: 2 }, { nth: 3 }, 'default'],
  ['all of several conditions', { model: 'gpt-4', nth: 1 }, {}, 'case'],
  ['not all of them', { model: 'gpt-4', nth: 2 }, {}, 'default'],
])('a case is chosen by %s', (_, when, request, expected) => {
  expect(answer([{ when, behaviour: said('case') }], request)).toBe(expected);
});

test('the first case that a request meets answers it', () => {
  const cases = [
    { when: { promptContains: 'poem' }, behaviour: said('poem') },
    { when: { model: 'gpt-4' }, behaviour: said('first') },
    { when: { promptContains: 'story' }, behaviour: said('second') },
  ];
  expect(answer(cases)).toBe('first');
});

test('an expression that would freeze a backtracking engine is answered at once', () => {
  const cases = [{ when: { promptMatches: '(a+)+$' }, behaviour: said('case') }];
  expect(answer(cases, { prompt: `${'a'.repeat(20_000)}b` })).toBe('default');
});

test.each([
  ['no condition', { when: {} }, 'a case needs at least one of'],
  ['a wrong expression', { when: { promptMatches: '(' } }, 'no regular expression (RE2)'],
  ['a back-reference', { when: { promptMatches: '(a)\\1' } }, 'no regular expression (RE2)'],
  ['an unknown condition', { when: { prompt: 'a' } }, 'Unrecognized key'],
])('%s is refused', (_, wrong, why) => {
  expect(casesSchema.safeParse([wrong]).error?.issues[0]?.message).toContain(why);
});
