import type Anthropic from '@anthropic-ai/sdk';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { GenerateRequest } from '../../../proto/agent-service.ts';
import { aiSdkModels } from './support/ai-sdk.ts';
import { anthropic } from './support/anthropic.ts';
import { chat } from './support/langchain.ts';
import { openAi } from './support/openai-chat.ts';
import { startScripted, type ScriptedAnswer } from './support/scripted-answers.ts';

const prompt = 'Which of the two cities is warmer?';
const model = 'gpt-4';
const weather = {
  name: 'weather',
  description: 'Tells the temperature of a city.',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
};
const temperatures: Readonly<Record<string, string>> = { Oslo: '3 °C', Rome: '18 °C' };
const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 0, cachedTokens: 0 };
const finalText = 'Oslo: 3 °C, Rome: 18 °C.';

/** Runs the tool. */
const temperatureOf = ({ city }: { city: string }): string => temperatures[city] ?? 'unknown';

/** Calls the tool twice at once, and answers with the results once it has both. */
function answer({ messages, tools }: GenerateRequest): ScriptedAnswer {
  if (tools[0]?.name !== weather.name) return { error: 'the tool is missing' };
  const { properties, required } = JSON.parse(tools[0].parameters) as typeof weather.parameters;
  if (properties.city?.type !== 'string' || required[0] !== 'city') {
    return { error: `the schema is ${tools[0].parameters}` };
  }
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  const results = messages.filter(({ role }) => role === 'tool');
  if (messages.at(-1)?.role !== 'tool') {
    return {
      reasoning: 'I have to look at both.',
      text: 'One moment.',
      toolCalls: Object.keys(temperatures).map((city, index) => ({
        id: `call_${index}`,
        name: weather.name,
        arguments: JSON.stringify({ city }),
      })),
      usage,
    };
  }
  const lines = results.map(({ toolCallId, content }) => {
    const call = calls.find(({ id }) => id === toolCallId);
    const { city = 'no city' } = JSON.parse(call?.arguments ?? '{}') as { city?: string };
    return `${city}: ${content}`;
  });
  return { text: `${lines.join(', ')}.`, usage };
}

let url: string;
let gateway: Awaited<ReturnType<typeof startScripted>>;

beforeAll(async () => {
  gateway = await startScripted(answer);
  ({ url } = gateway);
});

afterAll(() => gateway.close());

test('openai chat, by hand, streamed', async () => {
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: prompt }];
  const ask = () =>
    openAi({ url })
      .chat.completions.stream({
        model,
        messages,
        tools: [{ type: 'function', function: weather }],
      })
      .finalChatCompletion();
  const first = await ask();
  const message = first.choices[0]?.message;
  if (message === undefined) throw new Error('there is no message');
  messages.push(message);
  for (const call of message.tool_calls ?? []) {
    if (call.type !== 'function') throw new Error('expected a tool call of type function');
    const input = JSON.parse(call.function.arguments) as { city: string };
    messages.push({ role: 'tool', tool_call_id: call.id, content: temperatureOf(input) });
  }
  const second = await ask();
  expect(second.choices[0]?.message.content).toBe(finalText);
});

test.each([true, false])('openai chat, runTools(), streamed: %s', async (stream) => {
  const params = {
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    tools: [
      {
        type: 'function' as const,
        function: {
          ...weather,
          parse: (text: string) => JSON.parse(text) as { city: string },
          function: temperatureOf,
        },
      },
    ],
  };
  const { completions } = openAi({ url }).chat;
  const runner = stream
    ? completions.runTools({ ...params, stream: true })
    : completions.runTools(params);
  expect(await runner.finalContent()).toBe(finalText);
});

test('openai responses, by hand, streamed', async () => {
  const input: ResponseInput = [{ role: 'user', content: prompt }];
  const ask = () =>
    openAi({ url })
      .responses.stream({ model, input, tools: [{ type: 'function', strict: false, ...weather }] })
      .finalResponse();
  const { output } = await ask();
  for (const item of output) {
    if (item.type === 'reasoning' || item.type === 'message') input.push(item);
    if (item.type !== 'function_call') continue;
    const { call_id, name, arguments: written } = item;
    input.push({ type: 'function_call', call_id, name, arguments: written });
    const result = temperatureOf(JSON.parse(written) as { city: string });
    input.push({ type: 'function_call_output', call_id, output: result });
  }
  expect((await ask()).output_text).toBe(finalText);
});

test('anthropic, by hand, streamed', async () => {
  const { name, description, parameters } = weather;
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }];
  const ask = () =>
    anthropic({ url })
      .messages.stream({
        model,
        max_tokens: 1000,
        messages,
        tools: [{ name, description, input_schema: parameters }],
      })
      .finalMessage();
  const { content, stop_reason } = await ask();
  expect(stop_reason).toBe('tool_use');
  expect(content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
  messages.push({ role: 'assistant', content });
  messages.push({
    role: 'user',
    content: content.flatMap((block) =>
      block.type === 'tool_use'
        ? {
            type: 'tool_result' as const,
            tool_use_id: block.id,
            content: temperatureOf(block.input as { city: string }),
          }
        : [],
    ),
  });
  expect((await ask()).content).toMatchObject([{ type: 'text', text: finalText }]);
});

test.each([true, false])('anthropic, toolRunner(), streamed: %s', async (stream) => {
  const { name, description, parameters } = weather;
  const runner = anthropic({ url }).beta.messages.toolRunner({
    model,
    max_tokens: 1000,
    messages: [{ role: 'user', content: prompt }],
    tools: [
      {
        name,
        description,
        input_schema: parameters,
        run: (input: unknown) => temperatureOf(input as { city: string }),
        parse: (input: unknown) => input,
      },
    ],
    stream,
  });
  const message = await runner.runUntilDone();
  expect(message.content).toMatchObject([{ type: 'text', text: finalText }]);
});

const aiTools = {
  weather: tool({
    description: weather.description,
    inputSchema: jsonSchema<{ city: string }>(weather.parameters),
    execute: temperatureOf,
  }),
};

test.each(Object.entries(aiSdkModels))('ai over %s, in several steps', async (_name, open) => {
  const params = {
    model: open({ url, prompt }),
    prompt,
    tools: aiTools,
    stopWhen: stepCountIs(5),
    maxOutputTokens: 1000,
    maxRetries: 0,
  };
  const whole = await generateText(params);
  const streamed = streamText(params);
  await streamed.consumeStream();
  const outcomes = [
    { text: whole.text, steps: whole.steps },
    { text: await streamed.text, steps: await streamed.steps },
  ];
  for (const { text, steps } of outcomes) {
    expect(text).toBe(finalText);
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    expect(steps[0]?.text).toBe('One moment.');
    expect(steps[0]?.toolResults.map(({ output }) => output)).toEqual(Object.values(temperatures));
  }
});

test('langchain ChatOpenAI, by hand', async () => {
  const open = chat({ url, prompt, tools: [weather] });
  const question = { role: 'user', content: prompt };
  const message = await open.invoke([question]);
  const results = (message.tool_calls ?? []).map(({ id = '', args }) => ({
    role: 'tool',
    tool_call_id: id,
    content: temperatureOf(args as { city: string }),
  }));
  const { text } = await open.invoke([question, message, ...results]);
  expect(text).toBe(finalText);
});
