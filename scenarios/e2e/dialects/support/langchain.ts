import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

import { openAiWords } from './openai-chat.ts';
import {
  apiKey,
  defaultModel,
  reasonIn,
  type Question,
  type SdkAnswer,
  type SdkClient,
} from './sdk-client.ts';

/** A message that the model gave back. */
type Message = Awaited<ReturnType<ChatOpenAI['invoke']>>;

export function chat({ url, headers = {}, model = defaultModel, tools }: Question) {
  const open = new ChatOpenAI({
    model,
    apiKey,
    maxRetries: 0,
    configuration: { baseURL: `${url}/v1`, defaultHeaders: headers },
  });
  return open.withConfig(
    tools === undefined
      ? {}
      : { tools: tools.map((definition) => ({ type: 'function', function: { ...definition } })) },
  );
}

const streamed: SdkClient = async (question) => {
  let message: Message | undefined;
  let text = '';
  for await (const chunk of await chat(question).stream(question.prompt)) {
    text += chunk.text;
    message = message === undefined ? chunk : message.concat(chunk);
  }
  if (message === undefined) throw new Error('nothing was streamed');
  return { ...answerOf(message), text };
};

const whole: SdkClient = async (question) => answerOf(await chat(question).invoke(question.prompt));

/** The SDK's types lose these, which differ by provider. */
const usageSchema = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  input_token_details: z.object({ cache_read: z.number() }),
  output_token_details: z.object({ reasoning: z.number() }),
});

function answerOf({
  text,
  tool_calls = [],
  response_metadata,
  usage_metadata,
}: Message): SdkAnswer {
  const usage = usageSchema.parse(usage_metadata);
  return {
    text,
    toolCalls: tool_calls.map(({ id = '', name, args }) => ({ id, name, arguments: args })),
    finishReason: reasonIn(openAiWords, String(response_metadata['finish_reason'])),
    usage: {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      reasoningTokens: usage.output_token_details.reasoning,
      cachedTokens: usage.input_token_details.cache_read,
    },
  };
}

export const langchainClients: Readonly<Record<string, SdkClient>> = {
  'langchain ChatOpenAI, stream': streamed,
  'langchain ChatOpenAI, invoke': whole,
};
