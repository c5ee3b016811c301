import { afterAll, beforeAll, expect, test } from 'vitest';

import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';
import { openAi } from './support/openai-chat.ts';

/** What a response of OpenAI repeats of its request. */

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await startRehearsal({ scenario: 'healthy', speed: 'instant' });
});
afterAll(() => rehearsal.close());

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const fields = {
  instructions: 'Be brief.',
  max_output_tokens: 50,
  metadata: { user: 'u-1' },
  parallel_tool_calls: false,
  temperature: 0.2,
  tool_choice: 'none',
  top_p: 0.5,
} as const;
const request = {
  model: 'm',
  input: 'hello',
  ...fields,
  tools: [
    { type: 'function' as const, name: 'find', parameters, strict: false },
    { type: 'web_search_preview' as const },
  ],
};
const echoed = {
  ...fields,
  store: true,
  tools: [
    { type: 'function', name: 'find', description: null, parameters, strict: false },
    { type: 'web_search_preview' },
  ],
};

test('a response repeats the fields of its request, whole and when it is fetched again', async () => {
  const { responses } = openAi(rehearsal);
  const whole = await responses.create(request);
  expect(whole).toMatchObject({ ...echoed, status: 'completed' });
  expect(await responses.retrieve(whole.id)).toMatchObject(echoed);
});

test('every event with a response repeats them', async () => {
  const types: string[] = [];
  for await (const event of await openAi(rehearsal).responses.create({
    ...request,
    stream: true,
  })) {
    if (!('response' in event)) continue;
    types.push(event.type);
    expect(event.response).toMatchObject(echoed);
  }
  expect(types).toEqual(['response.created', 'response.in_progress', 'response.completed']);
});

test('a failed response repeats them too', async () => {
  const { responses } = openAi(rehearsal);
  let id = '';
  const read = async () => {
    const headers = { 'x-rehearsal-fault': 'error' };
    const stream = await responses.create({ ...request, stream: true }, { headers });
    for await (const event of stream)
      if (event.type === 'response.created') ({ id } = event.response);
  };
  await expect(read()).rejects.toThrow('the model failed');
  expect(await responses.retrieve(id)).toMatchObject({ ...echoed, status: 'failed' });
});

test('fields that are left out or null have the defaults', async () => {
  const whole = await openAi(rehearsal).responses.create({
    model: 'm',
    input: 'hello',
    instructions: null,
    temperature: null,
    tools: [],
  });
  expect(whole).toMatchObject({
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    store: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
  });
});

test('a response that is not stored cannot be fetched again', async () => {
  const { responses } = openAi(rehearsal);
  const whole = await responses.create({ model: 'm', input: 'hello', store: false });
  expect(whole).toMatchObject({ store: false });
  await expect(responses.retrieve(whole.id)).rejects.toMatchObject({ status: 404 });
  let id = '';
  const stream = await responses.create({ model: 'm', input: 'hi', store: false, stream: true });
  for await (const event of stream)
    if (event.type === 'response.created') ({ id } = event.response);
  await expect(responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});
