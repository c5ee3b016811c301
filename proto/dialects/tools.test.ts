import { expect, test } from 'vitest';

import type { DialectRequest } from './dialect.ts';
import { dialects } from './index.ts';

function read(name: string, body: object): DialectRequest {
  const found = dialects.find(({ dialect }) => dialect.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.dialect.readRequest(body);
}

const messages = [{ role: 'user', content: 'hi' }];
const schema = { type: 'object', properties: {} };

test.each([
  [
    'openai-chat',
    {
      model: 'm',
      messages,
      tools: [
        { type: 'custom', custom: { name: 'shell' } },
        { type: 'function', function: { name: 'own', parameters: schema } },
      ],
    },
  ],
  [
    'openai-responses',
    {
      model: 'm',
      input: 'hi',
      tools: [
        { type: 'web_search_preview' },
        { type: 'mcp', server_label: 's', server_url: 'http://s.example' },
        { type: 'function', name: 'own', parameters: schema },
      ],
    },
  ],
  [
    'anthropic-messages',
    {
      model: 'm',
      max_tokens: 1,
      messages,
      tools: [
        { type: 'web_search_20250305', name: 'web_search', max_uses: 5 },
        { type: 'mcp_toolset', mcp_server_name: 's' },
        { name: 'own', input_schema: schema },
      ],
    },
  ],
])('%s takes tools of the provider, and plans calls of the own ones alone', (name, body) => {
  const own = { name: 'own', description: '', parameters: JSON.stringify(schema) };
  expect(read(name, body).tools).toEqual([own]);
});

test('a custom tool of Anthropic is an own one, with its type or without', () => {
  const tools = [{ type: 'custom', name: 'a' }, { type: null, name: 'b' }, { name: 'c' }];
  const body = { model: 'm', max_tokens: 1, messages, tools };
  expect(read('anthropic-messages', body).tools.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

test('results of tools end the message of Anthropic that brings them, whatever text is beside them', () => {
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' };
  const text = { type: 'text', text: 'Be brief.' };
  for (const content of [
    [result, text],
    [text, result],
  ]) {
    const body = { model: 'm', max_tokens: 1, messages: [...messages, { role: 'user', content }] };
    expect(read('anthropic-messages', body).messages.slice(1)).toEqual([
      { role: 'user', content: 'Be brief.', toolCalls: [], toolCallId: '' },
      { role: 'tool', content: 'sunny', toolCalls: [], toolCallId: 'call_1' },
    ]);
  }
});

test.each(['call_Ab1', 'toolu_Ab1', 'other', ''])(
  'the id %j of an agent comes back from an Anthropic client as it was',
  (id) => {
    const identity = { hash: 'x'.repeat(40), createdSec: 1, model: 'm' };
    const body = { model: 'm', max_tokens: 1, messages };
    const answer = {
      text: '',
      reasoning: '',
      toolCalls: [{ id, name: 'own', arguments: '{}' }],
      finishReason: undefined,
      usage: undefined,
      error: undefined,
      isComplete: true,
    };
    const whole = read('anthropic-messages', body).whole?.(answer, identity);
    const { content } = whole as { content: { id: string }[] };
    const [block] = content;
    expect(block?.id.startsWith('toolu_')).toBe(/^(?:call|toolu)_/.test(id));
    const result = { type: 'tool_result', tool_use_id: block?.id, content: 'sunny' };
    const again = read('anthropic-messages', {
      ...body,
      messages: [...messages, { role: 'assistant', content }, { role: 'user', content: [result] }],
    });
    expect(again.messages[1]?.toolCalls[0]?.id).toBe(id);
    expect(again.messages[2]?.toolCallId).toBe(id);
  },
);
