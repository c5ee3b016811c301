import { afterAll, beforeAll, expect, test } from 'vitest';

import { checkChatUi } from './formats/ai-sdk-ui.ts';
import { checkMessages } from './formats/anthropic-messages.ts';
import { checkChat } from './formats/openai-chat.ts';
import { checkResponses } from './formats/openai-responses.ts';
import { readEvents, type WireEvent } from './formats/wire-event.ts';
import { scriptedAnswers, startScripted, type ScriptedAnswer } from './support/scripted-answers.ts';

interface Format {
  path: string;
  bodyOf(prompt: string): object;
  /** Throws where the events are not as the format has them. */
  check(events: readonly WireEvent[]): void | Promise<void>;
}

const messagesOf = (prompt: string) => [{ role: 'user', content: prompt }];

const formats: Readonly<Record<string, Format>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    bodyOf: (prompt) => ({
      model: 'gpt-4',
      messages: messagesOf(prompt),
      stream: true,
      stream_options: { include_usage: true },
    }),
    check: checkChat,
  },
  'openai-responses': {
    path: '/v1/responses',
    bodyOf: (prompt) => ({ model: 'gpt-4', input: prompt, stream: true }),
    check: checkResponses,
  },
  'anthropic-messages': {
    path: '/v1/messages',
    bodyOf: (prompt) => ({
      model: 'claude',
      max_tokens: 100,
      messages: messagesOf(prompt),
      stream: true,
    }),
    check: checkMessages,
  },
  'ai-sdk-ui': {
    path: '/api/chat',
    bodyOf: (prompt) => ({
      id: 'chat-1',
      trigger: 'submit-message',
      messages: [{ id: 'm-1', role: 'user', parts: [{ type: 'text', text: prompt }] }],
    }),
    check: checkChatUi,
  },
};

const failing: Record<string, ScriptedAnswer> = {
  'an error after text': { text: 'It begins and', error: 'the model failed' },
  'an error after reasoning': { reasoning: 'Let me see', error: 'the model failed' },
  'an error after a tool call': {
    toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' }],
    error: 'the model failed',
  },
};

const answers = new Map<string, ScriptedAnswer>([
  ...Object.entries(scriptedAnswers),
  ...Object.entries(failing),
]);

let gateway: Awaited<ReturnType<typeof startScripted>>;

beforeAll(async () => {
  // The prompt names the answer.
  gateway = await startScripted(
    ({ prompt }) => answers.get(prompt) ?? { error: `there is no answer ${prompt}` },
  );
});

afterAll(() => gateway.close());

async function eventsOf({ path, bodyOf }: Format, prompt: string): Promise<WireEvent[]> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(bodyOf(prompt)),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  return readEvents(await response.text());
}

/** Matches events that come once per piece of text, and events with the arguments of a tool call only. */
const isRepeated =
  /\.delta"|block_delta"|-delta"|"delta":\{"(?:content":"[^"]|reasoning|tool_calls)/;

const cases = Object.keys(formats).flatMap((format) =>
  [...answers.keys()].map((answer) => [format, answer] as const),
);

test.each(cases)('%s has the events and keys of its format: %s', async (name, prompt) => {
  const format = formats[name];
  if (format === undefined) throw new Error(`there is no format ${name}`);
  await expect(reasonOf(format, await eventsOf(format, prompt))).resolves.toBe('');
});

/** Returns why the description of a format refuses events; empty if it does not. */
async function reasonOf(format: Format, events: readonly WireEvent[]): Promise<string> {
  try {
    await format.check(events);
    return '';
  } catch (error) {
    return String(error);
  }
}

test.each(Object.entries(formats))(
  'the description of %s refuses a stream without one of its events, and one with a field more',
  async (_name, format) => {
    const events = await eventsOf(format, 'reasoning, text and tool calls in sequence');
    const structural = events.filter(({ data }) => !isRepeated.test(data));
    expect(structural.length).toBeGreaterThanOrEqual(4);
    for (const event of structural) {
      const without = events.filter((each) => each !== event);
      expect([event.data, await reasonOf(format, without)]).not.toEqual([event.data, '']);
    }
    for (const event of events.filter(({ data }) => data !== '[DONE]')) {
      const data = JSON.stringify({ ...(JSON.parse(event.data) as object), x_unknown: true });
      const withMore = events.map((each) => (each === event ? { ...each, data } : each));
      expect([event.data, await reasonOf(format, withMore)]).not.toEqual([event.data, '']);
    }
  },
);
