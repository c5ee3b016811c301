import { expect, test } from 'vitest';

import type { ChatMessage } from '../../proto/parts.ts';
import { behaviourSchema } from './behaviour.ts';
import { casesSchema, chooseBehaviour, type CaseRequest } from './cases.ts';

const saying = (text: string) => ({ text: { given: text } });
const baseRequest = { prompt: 'Tell me a story', model: 'gpt-4', nth: 1 };

/** Returns the text of the chosen behaviour. */
function chooseText(cases: unknown[], request: Partial<CaseRequest> = {}): unknown {
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

const message = (role: ChatMessage['role'], content: string): ChatMessage => ({
  role,
  content,
  toolCalls: [],
  toolCallId: '',
});
const call = (id: string, name: string) => ({ id, name, arguments: '{}' });
const asked = [message('system', 'Be brief.'), message('user', 'Is it warm in Oslo?')];
const calling = {
  ...message('assistant', ''),
  toolCalls: [call('1', 'get_weather'), call('2', 'get_time')],
};
const result = (toolCallId: string) => ({ ...message('tool', '21 degrees'), toolCallId });
const answered = [...asked, calling, result('1'), result('2')];
const tools = [{ name: 'get_weather', description: '', parameters: '' }];

test.each<[string, unknown, Partial<CaseRequest>, string]>([
  ['the role of the last message', { lastRole: 'tool' }, { messages: answered }, 'case'],
  ['another role', { lastRole: 'tool' }, { messages: asked }, 'default'],
  ['the role of a prompt', { lastRole: 'user' }, {}, 'case'],
  ['the tool that was called last', { toolResultOf: 'get_time' }, { messages: answered }, 'case'],
  ['one of several tools', { toolResultOf: 'get_weather' }, { messages: answered }, 'case'],
  ['a tool that was not called', { toolResultOf: 'find' }, { messages: answered }, 'default'],
  [
    'a tool whose result is older',
    { toolResultOf: 'get_time' },
    { messages: [...answered, message('user', 'And now?')] },
    'default',
  ],
  ['a result to answer', { hasToolResult: true }, { messages: answered }, 'case'],
  [
    'a result before a reminder of the system',
    { hasToolResult: true },
    { messages: [...answered, message('system', 'Be kind.')] },
    'case',
  ],
  [
    'a result before the last message of the user',
    { hasToolResult: true },
    { messages: [...answered, message('user', 'And now?')] },
    'default',
  ],
  ['no result to answer', { hasToolResult: false }, { messages: asked }, 'case'],
  ['no result of a prompt', { hasToolResult: false }, {}, 'case'],
  ['a result without a call', { toolResultOf: 'find' }, { messages: [result('9')] }, 'default'],
  ['the turn', { turn: 2 }, { messages: [...answered, message('user', 'And now?')] }, 'case'],
  ['another turn', { turn: 2 }, { messages: answered }, 'default'],
  ['the turn of a prompt', { turn: 1 }, {}, 'case'],
  ['tools', { hasTools: true }, { tools }, 'case'],
  ['tools that are missing', { hasTools: true }, { tools: [] }, 'default'],
  ['no tools', { hasTools: false }, {}, 'case'],
  ['a part of any message', { messageContains: 'brief' }, { messages: asked }, 'case'],
  ['a part of no message', { messageContains: 'Brief' }, { messages: asked }, 'default'],
  ['a part of the prompt alone', { messageContains: 'story' }, {}, 'case'],
])('in a conversation, a case is chosen by %s', (_, when, request, expected) => {
  expect(chooseText([{ when, behaviour: saying('case') }], request)).toBe(expected);
});

test('ids that are used again name the latest call', () => {
  const again = { ...calling, toolCalls: [call('1', 'find')] };
  const messages = [...answered, again, result('1')];
  const when = { toolResultOf: 'find' };
  expect(chooseText([{ when, behaviour: saying('case') }], { messages })).toBe('case');
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
