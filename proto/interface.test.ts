import { expect, test } from 'vitest';

import { endpointOf } from './interface.ts';

const chat = '/v1/chat/completions';

test.each([
  ['http://h', undefined, 'http://h/api/v1/ai/generate'],
  ['http://h/?a=1', undefined, 'http://h/api/v1/ai/generate?a=1'],
  ['http://h/own', undefined, 'http://h/own'],
  ['http://h/v1', undefined, 'http://h/v1'],
  ['http://h', chat, 'http://h/v1/chat/completions'],
  ['http://h/v1/', chat, 'http://h/v1/chat/completions'],
  ['http://h/openai/v1?a=1', chat, 'http://h/openai/v1/chat/completions?a=1'],
  ['http://h/chat', chat, 'http://h/chat'],
  ['http://h/v1', '/api/chat', 'http://h/v1'],
])('the interface at %s with path %s is %s', (url, path, expected) => {
  expect(endpointOf(new URL(url), path).href).toBe(expected);
});
