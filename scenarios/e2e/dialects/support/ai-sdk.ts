import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  generateText,
  jsonSchema,
  streamText,
  tool,
  type LanguageModel,
  type LanguageModelUsage,
  type ToolSet,
} from 'ai';

import {
  apiKey,
  defaultModel,
  reasonIn,
  type Question,
  type SdkAnswer,
  type SdkClient,
} from './sdk-client.ts';

type OpenModel = (question: Question) => Exclude<LanguageModel, string>;

const settingsOf = ({ url, headers = {} }: Question) => ({
  baseURL: `${url}/v1`,
  apiKey,
  headers,
});

/** The models of the AI SDK, by their provider. */
export const aiSdkModels = {
  'openai.chat': (question) =>
    createOpenAI(settingsOf(question)).chat(question.model ?? defaultModel),
  'openai.responses': (question) =>
    createOpenAI(settingsOf(question)).responses(question.model ?? defaultModel),
  anthropic: (question) => createAnthropic(settingsOf(question))(question.model ?? defaultModel),
  'openai-compatible': (question) =>
    createOpenAICompatible({ ...settingsOf(question), name: 'rehearsal', includeUsage: true })(
      question.model ?? defaultModel,
    ),
} satisfies Record<string, OpenModel>;

/** What shows no reasoning, since OpenAI's own chat has none. */
const withoutReasoning = 'openai.chat';

const aiSdkWords = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool-calls',
  'content-filter': 'content-filter',
} as const;

/** Tools that the caller runs itself. */
function toolsOf({ tools = [] }: Question): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema({ ...parameters }) }),
    ]),
  );
}

function clientsOf([name, open]: [string, OpenModel]): [string, SdkClient][] {
  const paramsOf = (question: Question) => ({
    model: open(question),
    prompt: question.prompt,
    tools: toolsOf(question),
    maxOutputTokens: 4096,
    maxRetries: 0,
  });
  const reasoningOf = (reasoning: string | undefined) =>
    name === withoutReasoning ? {} : { reasoning: reasoning ?? '' };

  const streamed: SdkClient = async (question) => {
    const errors: unknown[] = [];
    const result = streamText({
      ...paramsOf(question),
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    if (errors.length > 0) throw errors[0];
    return {
      text,
      ...reasoningOf(await result.reasoningText),
      toolCalls: callsOf(await result.toolCalls),
      finishReason: reasonIn(aiSdkWords, await result.finishReason),
      usage: usageOf(await result.usage),
    };
  };

  const whole: SdkClient = async (question) => {
    const result = await generateText(paramsOf(question));
    return {
      text: result.text,
      ...reasoningOf(result.reasoningText),
      toolCalls: callsOf(result.toolCalls),
      finishReason: reasonIn(aiSdkWords, result.finishReason),
      usage: usageOf(result.usage),
    };
  };

  return [
    [`ai streamText over ${name}`, streamed],
    [`ai generateText over ${name}`, whole],
  ];
}

function callsOf(calls: readonly { toolCallId: string; toolName: string; input: unknown }[]) {
  return calls.map(({ toolCallId, toolName, input }) => ({
    id: toolCallId,
    name: toolName,
    arguments: input,
  }));
}

function usageOf(usage: LanguageModelUsage): SdkAnswer['usage'] {
  const { inputTokens = Number.NaN, outputTokens = Number.NaN } = usage;
  const { reasoningTokens = Number.NaN } = usage.outputTokenDetails;
  return {
    inputTokens,
    outputTokens,
    cachedTokens: usage.inputTokenDetails.cacheReadTokens ?? Number.NaN,
    reasoningTokens,
  };
}

export const aiSdkClients: Readonly<Record<string, SdkClient>> = Object.fromEntries(
  Object.entries(aiSdkModels).flatMap(clientsOf),
);
