import { afterAll, beforeAll, expect, test } from 'vitest';

import { planOf } from '../../expect/plan-request.ts';
import { findScenario } from '../../file/find-scenario.ts';
import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';
import { anthropic } from './support/anthropic.ts';
import { openAi } from './support/openai-chat.ts';

const names = ['healthy', 'chinese-long-answer'];
const models = names.map((name) => `rehearsal/${name}`);

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await startRehearsal({ scenarios: names, speed: 'instant' });
});

afterAll(() => rehearsal.close());

test('openai lists every scenario as a model, and one by its name', async () => {
  const client = openAi(rehearsal);
  const listed: string[] = [];
  for await (const { id } of client.models.list()) listed.push(id);
  expect(listed).toEqual(models);
  expect(await client.models.retrieve('rehearsal/healthy')).toMatchObject({
    id: 'rehearsal/healthy',
    object: 'model',
  });
  await expect(client.models.retrieve('rehearsal/none')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
});

test('anthropic lists every scenario as a model, and one by its name', async () => {
  const client = anthropic(rehearsal);
  const listed: string[] = [];
  for await (const { id } of client.models.list()) listed.push(id);
  expect(listed).toEqual(models);
  expect(await client.models.retrieve('rehearsal/healthy')).toMatchObject({
    id: 'rehearsal/healthy',
    type: 'model',
  });
  await expect(client.models.retrieve('rehearsal/none')).rejects.toMatchObject({
    status: 404,
    type: 'not_found_error',
  });
});

test('anthropic counts the tokens that the answer states as its input', async () => {
  const client = anthropic(rehearsal);
  const conversation = {
    model: 'claude',
    system: 'You are brief.',
    messages: [{ role: 'user' as const, content: 'Tell me a story.' }],
  };
  const { input_tokens } = await client.messages.countTokens(conversation);
  const { usage } = await client.messages.create({ ...conversation, max_tokens: 1000 });
  expect(input_tokens).toBeGreaterThan(0);
  expect(usage.input_tokens).toBe(input_tokens);
});

test('the name of a model chooses the scenario', async () => {
  const key = 'k-1';
  const prompt = 'hello';
  const { choices } = await openAi({
    url: rehearsal.url,
    headers: { 'x-rehearsal-key': key },
  }).chat.completions.create({
    model: 'rehearsal/chinese-long-answer',
    messages: [{ role: 'user', content: prompt }],
  });
  const plan = planOf(await findScenario('chinese-long-answer'), { prompt, key });
  expect(choices[0]?.message.content).toBe(plan.text);
});

test('openai resumes a response after any of its events, and gets the same ones', async () => {
  const client = openAi(rehearsal);
  const stream = await client.responses.create({ model: 'gpt-4', input: 'hello', stream: true });
  const events = await collect(stream);
  const [created] = events;
  if (created?.type !== 'response.created') throw new Error('the first event is another');
  for (const starting_after of [0, 1, 2, 7, events.length - 2, events.length - 1]) {
    const rest = await client.responses.retrieve(created.response.id, {
      stream: true,
      starting_after,
    });
    expect(await collect(rest)).toEqual(events.slice(starting_after + 1));
  }
  const { output_text, status } = await client.responses.retrieve(created.response.id);
  const end = events.at(-1);
  if (end?.type !== 'response.completed') throw new Error('the last event is another');
  expect(status).toBe('completed');
  expect(output_text).toBe(textOf(end.response.output));
  await expect(client.responses.retrieve('resp_none')).rejects.toMatchObject({ status: 404 });
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function textOf(output: readonly object[]): string {
  const [item] = output;
  if (item === undefined || !('content' in item) || !Array.isArray(item.content)) return '';
  const [part] = item.content as { text: string }[];
  return part?.text ?? '';
}

test('the .stream() helper of openai resumes a response by its id', async () => {
  const client = openAi(rehearsal);
  const first = client.responses.stream({ model: 'gpt-4', input: 'hello again' });
  const { id, output_text } = await first.finalResponse();
  const again = await client.responses.stream({ response_id: id }).finalResponse();
  expect(again.id).toBe(id);
  expect(again.output_text).toBe(output_text);
});
