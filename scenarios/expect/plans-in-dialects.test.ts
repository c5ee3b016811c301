import { expect, test } from 'vitest';

import { dialectNames } from '../../proto/dialects/dialect.ts';
import { scenarioSchema } from '../file/scenario.ts';
import { plansOf } from './compare-samples.ts';

function plans(dialect: string, body: object = {}) {
  const scenario = scenarioSchema.parse({
    version: 1,
    description: 'of a test',
    behaviour: { text: { given: 'no tools' } },
    cases: [{ when: { hasTools: true }, behaviour: { text: { given: 'tools' } } }],
    load: { request: { dialect, body } },
  });
  return plansOf({ ...scenario, name: 'test', file: '', source: '', files: [] }, 1);
}

const tools = {
  'openai-chat': [{ type: 'function', function: { name: 'find' } }],
  'openai-responses': [{ type: 'function', name: 'find' }],
  'anthropic-messages': [{ name: 'find', input_schema: { type: 'object' } }],
  'ai-sdk-ui': [{ name: 'find' }],
};

test.each(dialectNames)('%s: tools of the body choose the case of a plan', (name) => {
  expect(plans(name).of({ key: 'k' }).text).toBe('no tools');
  expect(plans(name, { tools: tools[name] }).of({ key: 'k' }).text).toBe('tools');
});

test('a body that the dialect refuses is named before the load', () => {
  expect(() => plans('openai-chat', { messages: [] })).toThrow(
    'load.request.body is not valid for openai-chat: messages: must not be empty',
  );
});
