import { expect, test } from 'vitest';

import { requestError } from './dialect.ts';
import { dialects } from './index.ts';

const noText = 'no message has text; images, audio and files are ignored';

const problems: readonly [name: string, body: unknown, param: string, message: string][] = [
  ['openai-chat', { messages: [] }, 'model', 'model: is required; messages: must not be empty'],
  [
    'openai-chat',
    { model: 'm', messages: [{ role: 'robot', content: 5 }] },
    'messages[0].role',
    'messages[0].role: must be one of system, developer, user, assistant, tool, function; messages[0].content: must be a string or an array or null',
  ],
  [
    'anthropic-messages',
    { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
    'max_tokens',
    'max_tokens: is required',
  ],
  ['openai-responses', 'hi', 'body', 'body: must be a JSON object'],
  ['openai-responses', { model: 'm' }, 'input', 'input: is required'],
  [
    'openai-chat',
    { model: '', messages: {}, tools: [5], n: 0.5 },
    'model',
    'model: must not be empty; messages: must be an array; tools[0]: must be an object; n: must be an integer',
  ],
  ...dialects.map(({ dialect: { name } }): (typeof problems)[number] => [
    name,
    [],
    'body',
    'body: must be a JSON object',
  ]),
  [
    'openai-chat',
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 5 }] }], stream: 1 },
    'messages[0].content[0].text',
    'messages[0].content[0].text: must be a string; stream: must be true or false',
  ],
  [
    'openai-chat',
    {
      model: 'm',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', tool_calls: [{ id: 1 }] },
      ],
      stream_options: { include_usage: 'yes' },
      tools: [{ type: 'function', function: {} }],
    },
    'messages[1].tool_calls[0].id',
    'messages[1].tool_calls[0].id: must be a string; stream_options.include_usage: must be true or false; tools[0].function.name: is required',
  ],
  ['openai-responses', { model: 'm', input: 5 }, 'input', 'input: must be a string or an array'],
  [
    'openai-responses',
    {
      model: 'm',
      input: [
        { role: 'user', content: 'hi' },
        { role: 'robot', content: 'hi' },
        { role: 'user', content: [{ text: 'hi' }] },
        { role: 'user', content: 5 },
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'text', text: 5 }] },
      ],
    },
    'input[1].role',
    'input[1].role: must be one of user, assistant, system, developer; input[2].content[0].type: is required; input[3].content: must be a string or an array; input[4].output[0].text: must be a string',
  ],
  [
    'anthropic-messages',
    {
      model: 'm',
      max_tokens: 1,
      system: [{ type: 'text', text: 5 }],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'user', content: [{ type: 'tool_result', content: [{ text: 'x' }] }] },
      ],
      tools: [{ name: 'f' }, { name: 5 }],
    },
    'messages[1].content[0].content[0].type',
    'messages[1].content[0].content[0].type: is required; system[0].text: must be a string; tools[1].name: must be a string',
  ],
  [
    'anthropic-messages',
    { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }], tools: [{}] },
    'tools[0].name',
    'tools[0].name: is required',
  ],
  [
    'ai-sdk-ui',
    { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }, { text: 'x' }] }] },
    'messages[0].parts[1].type',
    'messages[0].parts[1].type: is required',
  ],
  [
    'ai-sdk-ui',
    {
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
      tools: [
        { name: 'a', parameters: { type: 'object' } },
        { name: 'b', input_schema: { type: 'object' } },
        { type: 'function', function: { name: 'c' } },
      ],
    },
    'tools[0].parameters',
    'tools[0].parameters: must be named inputSchema; tools[1].input_schema: must be named inputSchema; tools[2].name: is required; tools[2].function: must be left out; a tool is { name, inputSchema }',
  ],
  [
    'ai-sdk-ui',
    {
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
      tools: { a: { inputSchema: {} } },
    },
    'tools',
    'tools: must be an array of { name, inputSchema }',
  ],
  [
    'openai-chat',
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages',
    `messages: ${noText}`,
  ],
  [
    'openai-responses',
    { model: 'm', input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] },
    'input',
    `input: ${noText}`,
  ],
  [
    'anthropic-messages',
    { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: [{ type: 'image' }] }] },
    'messages',
    `messages: ${noText}`,
  ],
  ['ai-sdk-ui', { messages: [{ role: 'user', parts: [] }] }, 'messages', `messages: ${noText}`],
];

test.each(problems)('%s names every field of %j that is wrong', (name, body, param, message) => {
  const dialect = dialects.find((each) => each.dialect.name === name)?.dialect;
  const read = () => dialect?.readRequest(body);
  expect(read).toThrow(requestError(param, message.slice(param.length + 2)));
});
