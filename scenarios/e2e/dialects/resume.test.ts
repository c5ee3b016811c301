import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { aiSdkUi } from '../../../proto/dialects/ai-sdk-ui/index.ts';
import { openAiResponses } from '../../../proto/dialects/openai-responses/index.ts';
import { startRehearsal, type Rehearsal } from '../../testkit/start-rehearsal.ts';
import { readHead, readStreamBody } from '../support/dialect-forms.ts';
import { openAi } from './support/openai-chat.ts';

/** Streams that are asked for again: the same events, with the faults that the first request asked for. */

const text = 'What a person reads of an answer, word by word, up to its very end.';

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await startRehearsal({
    scenario: {
      behaviour: { text: { given: text }, reasoning: { given: 'Let me think about that.' } },
    },
    speed: 'instant',
  });
});

afterAll(() => rehearsal.close());

const faultHeader = (fault: object) => ({ 'x-rehearsal-fault': JSON.stringify(fault) });

/** Reads a stream of the SDK up to its end, or to the error that ends it. */
async function collect(open: () => PromiseLike<AsyncIterable<ResponseStreamEvent>>) {
  const events: ResponseStreamEvent[] = [];
  let error: string | undefined;
  try {
    for await (const event of await open()) events.push(event);
  } catch (thrown) {
    error = thrown instanceof OpenAI.APIError ? thrown.message : String(thrown);
  }
  return { events, error };
}

const start = (fault: object, client = openAi(rehearsal)) =>
  collect(() =>
    client.responses.create(
      { model: 'm', input: 'hello', stream: true },
      { headers: faultHeader(fault) },
    ),
  );

const again = (id: string, starting_after?: number) =>
  collect(() =>
    openAi(rehearsal).responses.retrieve(id, {
      stream: true,
      ...(starting_after === undefined ? {} : { starting_after }),
    }),
  );

function idOf([first]: readonly ResponseStreamEvent[]): string {
  if (first?.type !== 'response.created') throw new Error('the first event is another');
  return first.response.id;
}

const textIn = (events: readonly ResponseStreamEvent[]) =>
  events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');

test.each([
  { errorStatus: { at: { chars: 30 }, details: 'the model failed' } },
  { errorStatus: { at: { chunks: 3 }, details: 'the model failed' } },
  { errorField: { at: 'end', message: 'the model failed' } },
])('a response that failed by %j fails again, from any event on', async (fault) => {
  const first = await start(fault);
  expect(first.error).toContain('the model failed');
  const id = idOf(first.events);
  expect(await again(id)).toEqual(first);
  for (const after of [0, 3, first.events.length - 1]) {
    expect(await again(id, after)).toEqual({
      ...first,
      events: first.events.slice(after + 1),
    });
  }
  const stored = await openAi(rehearsal).responses.retrieve(id);
  expect(stored).toMatchObject({
    id,
    status: 'failed',
    error: { message: 'the model failed' },
    output_text: textIn(first.events),
  });
});

test.each([
  [{ chars: 30 }, 2],
  [{ chunks: 2 }, 1],
  ['start', 0],
])('the event of a failure at %j holds what was said before it', async (at, items) => {
  const raw = await readRaw(rehearsal.url, '/v1/responses', {
    body: JSON.stringify({ model: 'm', input: 'hello', stream: true }),
    headers: faultHeader({ errorStatus: { at, details: 'no' } }),
  });
  const sent = readStreamBody(openAiResponses, raw.body);
  const data = raw.body.trimEnd().split('\ndata: ').at(-1) ?? '';
  const { type, response } = JSON.parse(data) as { type: string; response: { output: object[] } };
  expect(type).toBe('response.failed');
  expect(response).toMatchObject({
    status: 'failed',
    output: [
      { type: 'reasoning', summary: [{ text: sent.reasoning }] },
      { type: 'message', status: 'incomplete', content: [{ text: sent.text }] },
    ].slice(0, items),
  });
});

test.each([
  { resetConnection: { at: { chars: 30 } } },
  { dropConnection: { at: { chars: 30 }, midEvent: true } },
  { truncate: { at: { chunks: 3 } } },
])(
  'a response that was cut by %j is cut there again, unless its client was past the place',
  async (fault) => {
    const first = await start(fault);
    const id = idOf(first.events);
    expect(first.events.at(-1)?.type).not.toBe('response.completed');
    const fromStart = await again(id);
    expect(fromStart.events).toEqual(first.events);
    const early = await again(id, 1);
    expect(early.events).toEqual(first.events.slice(2));
    const rest = await again(id, first.events.length - 1);
    expect(rest.error).toBeUndefined();
    expect(rest.events.at(-1)?.type).toBe('response.completed');
    expect(textIn([...first.events, ...rest.events])).toBe(text);
    expect([...first.events, ...rest.events].map(({ sequence_number }) => sequence_number)).toEqual(
      [...first.events, ...rest.events].map((_, index) => index),
    );
    // In one piece it has no place for the connection of another request.
    const { status, output_text } = await openAi(rehearsal).responses.retrieve(id);
    expect([status, output_text]).toEqual(['completed', text]);
  },
);

test('a number that no event had is refused with the last one', async () => {
  const { events } = await start({ crlf: {} });
  const id = idOf(events);
  const last = events.length - 1;
  expect(await again(id, last)).toEqual({ events: [], error: undefined });
  expect(await again(id, last + 1)).toEqual({
    events: [],
    error: `400 query starting_after: must not exceed ${last}, the number of the last event that was sent`,
  });
  const whole = await openAi(rehearsal).responses.create({ model: 'm', input: 'in one piece' });
  expect((await again(whole.id, 0)).error).toMatch(/no event of this response was streamed yet/);
  const { events: streamed } = await again(whole.id);
  expect(await again(whole.id, 2)).toEqual({ events: streamed.slice(3), error: undefined });
});

test.each([
  ['stream=wat', 'query stream: must be true or false, or left out'],
  ['stream=', 'query stream: must be true or false, or left out'],
  ['stream=true&stream=true', 'query stream: must be true or false, or left out'],
  ['stream=true&starting_after=-1', 'query starting_after: must be a whole number from 0'],
  ['starting_after=1', 'query starting_after: is for a stream; add stream=true, or leave it out'],
  ['stream=false&starting_after=1', 'query starting_after: is for a stream; add stream=true,'],
])('the query %s is refused', async (query, words) => {
  const { events } = await start({ crlf: {} });
  const raw = await readRaw(rehearsal.url, `/v1/responses/${idOf(events)}?${query}`);
  expect(readHead(raw).status).toBe(400);
  const { error } = JSON.parse(raw.body) as { error: { message: string } };
  expect(error.message).toContain(words);
});

test('what is not found is named as the provider names it', async () => {
  const ask = async (path: string) => {
    const raw = await readRaw(rehearsal.url, path);
    expect(readHead(raw).status).toBe(404);
    return JSON.parse(raw.body) as unknown;
  };
  const type = 'invalid_request_error';
  expect(await ask('/v1/responses/resp_none')).toMatchObject({ error: { type, code: null } });
  expect(await ask('/v1/nothing')).toMatchObject({ error: { type, code: 'unknown_url' } });
  expect(await ask('/v1/models/none')).toMatchObject({ error: { type, code: 'model_not_found' } });
  const unknown = openAi(rehearsal).responses.create({ model: 'rehearsal/', input: 'hello' });
  await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

test.each([
  { resetConnection: { at: { chars: 30 } } },
  { dropConnection: { at: 'start' } },
  { truncate: { at: { chunks: 3 }, midEvent: true } },
])('a chat that was cut by %j is whole when it is resumed', async (fault) => {
  const chat = `chat-${JSON.stringify(fault).length}`;
  const parts = [{ type: 'text', text: 'hello' }];
  const body = JSON.stringify({ id: chat, messages: [{ role: 'user', parts }] });
  const first = await readRaw(rehearsal.url, '/api/chat', { body, headers: faultHeader(fault) });
  expect(readStreamBody(aiSdkUi, first.body).isComplete).toBe(false);
  const resume = () => readRaw(rehearsal.url, `/api/chat/${chat}/stream`);
  expect(readStreamBody(aiSdkUi, (await resume()).body)).toMatchObject({
    text,
    reasoning: 'Let me think about that.',
    isComplete: true,
  });
  expect(readHead(await resume()).status).toBe(204);
});
