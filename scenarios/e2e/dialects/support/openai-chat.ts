import OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';

import {
  apiKey,
  defaultModel,
  reasonIn,
  type Question,
  type SdkAnswer,
  type SdkClient,
} from './sdk-client.ts';

export const openAiWords = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
} as const;

export function openAi({ url, headers = {} }: Pick<Question, 'url' | 'headers'>): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, defaultHeaders: headers, maxRetries: 0 });
}

function paramsOf({ model = defaultModel, prompt, tools }: Question) {
  return {
    model,
    messages: [{ role: 'user', content: prompt }],
    ...(tools === undefined
      ? {}
      : { tools: tools.map((definition) => ({ type: 'function', function: { ...definition } })) }),
  } satisfies ChatCompletionCreateParamsNonStreaming;
}

/** The loop over the chunks, as the SDK's README has it. */
const rawLoop: SdkClient = async (question) => {
  const stream = await openAi(question).chat.completions.create({
    ...paramsOf(question),
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let reasoning = '';
  let finish: string | null | undefined;
  let usage: CompletionUsage | null | undefined;
  const calls: { id: string; name: string; written: string }[] = [];
  for await (const chunk of stream) {
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices;
    if (choice === undefined) continue;
    text += choice.delta.content ?? '';
    reasoning += reasoningOf(choice.delta);
    finish = choice.finish_reason ?? finish;
    for (const { index, id, function: called } of choice.delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id: id ?? '', name: called?.name ?? '', written: '' });
      call.written += called?.arguments ?? '';
    }
  }
  return {
    text,
    reasoning,
    toolCalls: calls.map(({ id, name, written }) => ({ id, name, arguments: JSON.parse(written) })),
    finishReason: reasonIn(openAiWords, finish),
    usage: usageOf(usage),
  };
};

/** Compatible servers' field, which the SDK's types do not have. */
function reasoningOf(delta: ChatCompletionChunk.Choice.Delta | ChatCompletion.Choice['message']) {
  return 'reasoning_content' in delta ? String(delta.reasoning_content) : '';
}

const helper: SdkClient = async (question) => {
  const stream = openAi(question).chat.completions.stream({
    ...paramsOf(question),
    stream_options: { include_usage: true },
  });
  let text = '';
  let reasoning = '';
  stream.on('content', (delta) => (text += delta));
  // The message has only the last piece of a field that the SDK does not know.
  stream.on('chunk', ({ choices: [choice] }) => {
    if (choice !== undefined) reasoning += reasoningOf(choice.delta);
  });
  const answer = answerOf(await stream.finalChatCompletion());
  if (text !== answer.text) throw new Error('the deltas are another text than the message');
  return { ...answer, reasoning };
};

const whole: SdkClient = async (question) =>
  answerOf(await openAi(question).chat.completions.create(paramsOf(question)));

function answerOf({ choices, usage }: ChatCompletion): SdkAnswer {
  const [choice] = choices;
  if (choice === undefined) throw new Error('there is no choice');
  const { message, finish_reason } = choice;
  return {
    text: message.content ?? '',
    reasoning: reasoningOf(message),
    toolCalls: (message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? {
            id: call.id,
            name: call.function.name,
            arguments: JSON.parse(call.function.arguments) as unknown,
          }
        : [],
    ),
    finishReason: reasonIn(openAiWords, finish_reason),
    usage: usageOf(usage),
  };
}

function usageOf(usage: CompletionUsage | null | undefined): SdkAnswer['usage'] {
  if (!usage) throw new Error('there is no usage');
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? Number.NaN,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? Number.NaN,
  };
}

export const openAiChatClients: Readonly<Record<string, SdkClient>> = {
  'openai chat, raw loop': rawLoop,
  'openai chat, .stream()': helper,
  'openai chat, whole': whole,
};
