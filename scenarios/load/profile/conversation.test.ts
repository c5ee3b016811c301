import { expect, test } from 'vitest';

import { firstProblem } from '../../../proto/problems/first-problem.ts';
import { dialectNames } from '../../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../../proto/dialects/index.ts';
import {
  conversationSchema,
  firstRequest,
  nextRequest,
  readConversationKey,
} from './conversation.ts';
import { loadSchema } from './profile.ts';
import { conversationBody } from '../request.ts';

const conversation = conversationSchema.parse({
  turns: ['One', 'Two'],
  think: '2s',
  toolResults: { find: 'found', constructor: 'built' },
  toolTime: '100ms',
  mostSteps: 2,
});

const call = (name: string, id: string) => ({ id, name, arguments: '{"q":1}' });

test('an answer with tool calls is followed by a result for each, one without by the next turn', () => {
  const first = firstRequest(conversation);
  expect(first).toMatchObject({ turn: 1, step: 1, number: 1, messages: [{ content: 'One' }] });
  const calls = [call('find', 'call_1'), call('toString', 'call_2')];
  const second = nextRequest(conversation, first, { text: 'Hm.', toolCalls: calls });
  expect(second).toMatchObject({ pauseMs: 100, request: { turn: 1, step: 2, number: 2 } });
  expect(second?.request.messages.slice(1)).toEqual([
    { role: 'assistant', content: 'Hm.', toolCalls: calls, toolCallId: '' },
    { role: 'tool', content: 'found', toolCalls: [], toolCallId: 'call_1' },
    { role: 'tool', content: '{}', toolCalls: [], toolCallId: 'call_2' },
  ]);
  const next = second && nextRequest(conversation, second.request, { text: 'So.', toolCalls: [] });
  expect(next).toMatchObject({ pauseMs: 2000, request: { turn: 2, step: 1, number: 3 } });
  expect(next && nextRequest(conversation, next.request, { text: 'End.', toolCalls: [] })).toBe(
    undefined,
  );
});

test('a turn that calls tools in every step ends at mostSteps', () => {
  const calling = { text: '', toolCalls: [call('find', 'call_1')] };
  const second = nextRequest(conversation, firstRequest(conversation), calling);
  expect(second && nextRequest(conversation, second.request, calling)).toBe(undefined);
});

test.each(dialectNames)(
  '%s: the agent reads the messages and the tools that were written',
  (name) => {
    const calls = [call('find', 'call_1'), call('find', 'call_2')];
    const second = nextRequest(conversation, firstRequest(conversation), {
      text: 'Hm.',
      toolCalls: calls,
    });
    const { messages = [] } = second?.request ?? {};
    const parameters = { type: 'object', properties: { q: { type: 'number' } } };
    const body = conversationBody(
      {
        dialect: name,
        model: 'm',
        body: {},
        tools: [
          { name: 'find', description: 'Finds', parameters },
          { name: 'any', description: '' },
        ],
      },
      { messages, id: 'load-0' },
    );
    const read = dialectNamed(name).dialect.readRequest(body);
    expect(read.prompt).toBe('One');
    expect(read.isStreamed).toBe(true);
    expect(read.tools).toEqual([
      { name: 'find', description: 'Finds', parameters: JSON.stringify(parameters) },
      { name: 'any', description: '', parameters: '{"type":"object"}' },
    ]);
    // Formats differ in how they part an assistant's message, not in what it has.
    const content = (of: string) =>
      read.messages.flatMap((each) =>
        each.role === of && each.content !== '' ? [each.content] : [],
      );
    expect(content('user')).toEqual(['One']);
    expect(content('assistant')).toEqual(['Hm.']);
    expect(read.messages.flatMap(({ toolCalls }) => toolCalls)).toEqual(calls);
    expect(
      read.messages.flatMap((each) =>
        each.role === 'tool' ? [[each.toolCallId, each.content]] : [],
      ),
    ).toEqual([
      ['call_1', 'found'],
      ['call_2', 'found'],
    ]);
  },
);

test('the key of a stream has the key of its conversation', () => {
  expect(readConversationKey('load-3-0.12')).toEqual({ conversation: 'load-3-0', number: 12 });
});

const turns = ['a'];
test.each([
  [{ conversation: { turns } }, 'conversation: needs request.dialect'],
  [{ request: { tools: [{ name: 'a' }] } }, 'request.tools: needs request.dialect'],
  [{ conversation: { turns: [] }, request: { dialect: 'openai-chat' } }, 'conversation.turns: '],
  [
    { conversation: { turns }, request: { dialect: 'openai-responses', body: { input: 'a' } } },
    'request.body.input: the conversation has the messages',
  ],
  [
    {
      conversation: { turns },
      request: { dialect: 'openai-chat' },
      arrivals: { trace: 'a.jsonl' },
    },
    'conversation: the trace of arrivals has the requests',
  ],
])('%j is refused: %s', (load, message) => {
  const { error } = loadSchema.safeParse(load);
  expect(error && firstProblem(error)).toContain(message);
});
