import Anthropic from '@anthropic-ai/sdk';

import {
  apiKey,
  defaultModel,
  reasonIn,
  type Question,
  type SdkAnswer,
  type SdkClient,
} from './sdk-client.ts';

const anthropicWords = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
} as const;

export function anthropic({ url, headers = {} }: Pick<Question, 'url' | 'headers'>): Anthropic {
  return new Anthropic({ baseURL: url, apiKey, defaultHeaders: headers, maxRetries: 0 });
}

function paramsOf({ model = defaultModel, prompt, tools }: Question) {
  return {
    model,
    max_tokens: 4096,
    messages: [{ role: 'user', content: prompt }],
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })),
        }),
  } satisfies Anthropic.MessageCreateParamsNonStreaming;
}

/** The loop over the events, which puts the blocks together itself. */
const rawLoop: SdkClient = async (question) => {
  const stream = await anthropic(question).messages.create({ ...paramsOf(question), stream: true });
  const blocks: { start: Anthropic.ContentBlock; text: string; thinking: string; json: string }[] =
    [];
  let finish: string | null = null;
  let usage: Anthropic.MessageDeltaUsage | undefined;
  for await (const event of stream) {
    if (event.type === 'content_block_start') {
      blocks[event.index] = { start: event.content_block, text: '', thinking: '', json: '' };
    }
    if (event.type === 'content_block_delta') {
      const block = blocks[event.index];
      if (block === undefined) throw new Error(`block ${event.index} was not started`);
      if (event.delta.type === 'text_delta') block.text += event.delta.text;
      if (event.delta.type === 'thinking_delta') block.thinking += event.delta.thinking;
      if (event.delta.type === 'input_json_delta') block.json += event.delta.partial_json;
    }
    if (event.type === 'message_delta') {
      finish = event.delta.stop_reason;
      usage = event.usage;
    }
  }
  if (usage === undefined) throw new Error('there is no usage');
  return {
    text: blocks.map(({ text }) => text).join(''),
    reasoning: blocks.map(({ thinking }) => thinking).join(''),
    toolCalls: blocks.flatMap(({ start, json }) =>
      start.type === 'tool_use'
        ? { id: start.id, name: start.name, arguments: JSON.parse(json || '{}') as unknown }
        : [],
    ),
    finishReason: reasonIn(anthropicWords, finish),
    usage: usageOf(usage),
  };
};

const finalMessage: SdkClient = async (question) => {
  const stream = anthropic(question).messages.stream(paramsOf(question));
  let text = '';
  stream.on('text', (delta) => (text += delta));
  const answer = answerOf(await stream.finalMessage());
  if (text !== answer.text) throw new Error('the deltas are another text than the message');
  return answer;
};

const whole: SdkClient = async (question) =>
  answerOf(await anthropic(question).messages.create(paramsOf(question)));

function answerOf({ content, stop_reason, usage }: Anthropic.Message): SdkAnswer {
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    toolCalls: content.flatMap((block) =>
      block.type === 'tool_use' ? { id: block.id, name: block.name, arguments: block.input } : [],
    ),
    finishReason: reasonIn(anthropicWords, stop_reason),
    usage: usageOf(usage),
  };
}

/** The format counts tokens from the cache beside the others. */
function usageOf(usage: Anthropic.Usage | Anthropic.MessageDeltaUsage): SdkAnswer['usage'] {
  const cachedTokens = usage.cache_read_input_tokens ?? Number.NaN;
  return {
    inputTokens: (usage.input_tokens ?? Number.NaN) + cachedTokens,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? Number.NaN,
    cachedTokens,
  };
}

export const anthropicClients: Readonly<Record<string, SdkClient>> = {
  'anthropic, raw loop': rawLoop,
  'anthropic, finalMessage()': finalMessage,
  'anthropic, whole': whole,
};
