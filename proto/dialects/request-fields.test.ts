import { expect, test } from 'vitest';

import { RequestProblem } from './dialect.ts';
import { dialects } from './index.ts';

const problems: readonly [name: string, body: unknown, param: string, message: string][] = [
  [
    'openai-chat',
    { messages: [] },
    'model',
    'model: is required; messages: must have at least 1 entries',
  ],
  [
    'openai-chat',
    { model: 'm', messages: [{ role: 'robot', content: 5 }] },
    'messages[0].role',
    'messages[0].role: must be one of system, developer, user, assistant, tool, function; messages[0].content: is not valid',
  ],
  [
    'anthropic-messages',
    { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
    'max_tokens',
    'max_tokens: is required',
  ],
  ['openai-responses', 'hi', 'body', 'body: must be a map'],
  [
    'ai-sdk-ui',
    { messages: [{ role: 'user', parts: [] }] },
    'messages',
    'messages: no message has text',
  ],
];

test.each(problems)('%s names every field of %j that is wrong', (name, body, param, message) => {
  const dialect = dialects.find((each) => each.dialect.name === name)?.dialect;
  const read = () => dialect?.readRequest(body);
  expect(read).toThrow(new RequestProblem(param, message.slice(param.length + 2)));
});
