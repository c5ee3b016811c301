import type {
  Response,
  ResponseCreateParamsNonStreaming,
} from 'openai/resources/responses/responses';

import type { FinishReason } from '../../../../proto/parts.ts';
import { openAi } from './openai-chat.ts';
import { defaultModel, type Question, type SdkAnswer, type SdkClient } from './sdk-client.ts';

function paramsOf({ model = defaultModel, prompt, tools }: Question) {
  return {
    model,
    input: prompt,
    ...(tools === undefined
      ? {}
      : { tools: tools.map((tool) => ({ ...tool, type: 'function' as const, strict: false })) }),
  } satisfies ResponseCreateParamsNonStreaming;
}

const rawLoop: SdkClient = async (question) => {
  const stream = await openAi(question).responses.create({ ...paramsOf(question), stream: true });
  let text = '';
  let reasoning = '';
  let last: Response | undefined;
  const written = new Map<string, string>();
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.reasoning_summary_text.delta') reasoning += event.delta;
    if (event.type === 'response.function_call_arguments.delta') {
      written.set(event.item_id, (written.get(event.item_id) ?? '') + event.delta);
    }
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      last = event.response;
    }
  }
  if (last === undefined) throw new Error('the stream has no end');
  const { toolCalls, ...answer } = answerOf(last);
  return {
    ...answer,
    text,
    reasoning,
    toolCalls: toolCalls.map(({ itemId, ...call }) => ({
      ...call,
      arguments: JSON.parse(written.get(itemId) ?? '') as unknown,
    })),
  };
};

const helper: SdkClient = async (question) => {
  const stream = openAi(question).responses.stream(paramsOf(question));
  let text = '';
  stream.on('response.output_text.delta', ({ delta }) => (text += delta));
  return { ...withoutItemIds(await stream.finalResponse()), text };
};

const whole: SdkClient = async (question) =>
  withoutItemIds(await openAi(question).responses.create(paramsOf(question)));

function withoutItemIds(response: Response): SdkAnswer {
  const { toolCalls, ...answer } = answerOf(response);
  return {
    ...answer,
    toolCalls: toolCalls.map(({ id, name, arguments: input }) => ({ id, name, arguments: input })),
  };
}

function answerOf(response: Response) {
  const { output, output_text, usage } = response;
  if (usage === undefined) throw new Error('there is no usage');
  return {
    text: output_text,
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary : []))
      .map((part) => part.text)
      .join(''),
    toolCalls: output.flatMap((item) =>
      item.type === 'function_call'
        ? {
            itemId: item.id ?? '',
            id: item.call_id,
            name: item.name,
            arguments: JSON.parse(item.arguments) as unknown,
          }
        : [],
    ),
    finishReason: reasonOf(response),
    usage: {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      reasoningTokens: usage.output_tokens_details.reasoning_tokens,
      cachedTokens: usage.input_tokens_details.cached_tokens,
    },
  };
}

function reasonOf({ status, incomplete_details, output }: Response): FinishReason {
  if (status === 'completed') {
    return output.some(({ type }) => type === 'function_call') ? 'tool-calls' : 'stop';
  }
  if (status !== 'incomplete') throw new Error(`the response is ${String(status)}`);
  return incomplete_details?.reason === 'content_filter' ? 'content-filter' : 'length';
}

export const openAiResponsesClients: Readonly<Record<string, SdkClient>> = {
  'openai responses, raw loop': rawLoop,
  'openai responses, .stream()': helper,
  'openai responses, whole': whole,
};
