import { expect, test } from 'vitest';

import { openAiResponses } from './openai-responses/index.ts';

const failed = JSON.stringify({
  type: 'response.failed',
  response: { status: 'failed', error: { code: 'server_error', message: 'broken' }, output: [] },
});
const error = JSON.stringify({ type: 'error', code: 'server_error', message: 'broken' });
const failure = { type: 'error', message: 'broken', kind: 'server_error' };

test.each([
  ['response.failed alone', [['response.failed', failed]], [failure]],
  ['error alone', [['error', error]], [failure]],
  [
    'error, then response.failed',
    [
      ['error', error],
      ['response.failed', failed],
    ],
    [failure],
  ],
] as const)('a response that fails is read as one failure: %s', (_, events, expected) => {
  const decoder = openAiResponses.decoder();
  expect(events.flatMap(([name, data]) => decoder.event(name, data))).toEqual(expected);
});
