import { z } from 'zod';

import type { FinishReason, ToolCall, Usage } from '../../parts.ts';
import type { Answer, Decoded } from '../answer.ts';
import type { Decoder } from '../dialect.ts';

const usageSchema = z
  .looseObject({
    input_tokens: z.number(),
    input_tokens_details: z.looseObject({ cached_tokens: z.number().default(0) }).nullish(),
    output_tokens: z.number(),
    output_tokens_details: z.looseObject({ reasoning_tokens: z.number().default(0) }).nullish(),
  })
  .transform((usage): Usage => ({
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
    cachedTokens: usage.input_tokens_details?.cached_tokens ?? 0,
  }));

const itemSchema = z.looseObject({
  type: z.string(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).optional(),
  summary: z.array(z.looseObject({ text: z.string().default('') })).optional(),
});

const responseSchema = z.looseObject({
  status: z.string().nullish(),
  output: z.array(itemSchema).default([]),
  usage: usageSchema.nullish(),
  incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
  error: z.looseObject({ message: z.string(), code: z.string().nullish() }).nullish(),
});

type WrittenResponse = z.output<typeof responseSchema>;

const eventSchema = z.looseObject({
  type: z.string(),
  delta: z.string().optional(),
  output_index: z.int().optional(),
  item: itemSchema.optional(),
  response: responseSchema.optional(),
  /** The provider nests its errors; its published types do not. */
  error: z.looseObject({ message: z.string(), code: z.string().nullish() }).optional(),
  message: z.string().optional(),
  code: z.string().nullish(),
});

/** Reads what `encodeResponse` writes. */
export function decodeResponse(): Decoder {
  /** The number of the tool call at each place of the output that is one. */
  const calls = new Map<number, number>();
  let hasFailed = false;
  return {
    event(_name, data) {
      if (data === '[DONE]') return [];
      const event = eventSchema.parse(JSON.parse(data));
      const { type, delta = '', output_index = 0, item, response } = event;
      switch (type) {
        case 'response.output_text.delta':
          return [{ type: 'text', text: delta }];
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          return [{ type: 'reasoning', text: delta }];
        case 'response.output_item.added': {
          if (item?.type !== 'function_call') return [];
          const index = calls.size;
          calls.set(output_index, index);
          const { call_id = '', name = '', arguments: begun = '' } = item;
          return [{ type: 'tool-call', fragment: { index, id: call_id, name, arguments: begun } }];
        }
        case 'response.function_call_arguments.delta': {
          const index = calls.get(output_index) ?? 0;
          return [{ type: 'tool-call', fragment: { index, id: '', name: '', arguments: delta } }];
        }
        case 'response.completed':
        case 'response.incomplete':
          return response === undefined ? [] : endOf(response);
        // The provider sends both for one failure, other servers one of them.
        case 'error':
        case 'response.failed': {
          if (hasFailed) return [];
          hasFailed = true;
          const { message = '', code } = event.error ?? response?.error ?? event;
          return [{ type: 'error', message, kind: code ?? '' }];
        }
        default:
          return [];
      }
    },
  };
}

function endOf(response: WrittenResponse): Decoded[] {
  const decoded: Decoded[] = [{ type: 'finish', reason: reasonOf(response) }];
  if (response.usage) decoded.push({ type: 'usage', usage: response.usage });
  return [...decoded, { type: 'end' }];
}

function reasonOf({ incomplete_details, output }: WrittenResponse): FinishReason {
  const reason = incomplete_details?.reason;
  if (reason === 'max_output_tokens') return 'length';
  if (reason === 'content_filter') return 'content-filter';
  return output.some(({ type }) => type === 'function_call') ? 'tool-calls' : 'stop';
}

/** Reads a whole response. @throws ZodError */
export function readResponse(body: unknown): Answer {
  const response = responseSchema.parse(body);
  const { output, usage, error } = response;
  return {
    text: output
      .flatMap(({ content = [] }) => content)
      .map(({ text = '' }) => text)
      .join(''),
    reasoning: output
      .flatMap(({ summary = [] }) => summary)
      .map(({ text }) => text)
      .join(''),
    toolCalls: output.flatMap((item): ToolCall[] => {
      const { type, call_id = '', name = '' } = item;
      return type === 'function_call'
        ? [{ id: call_id, name, arguments: item.arguments ?? '' }]
        : [];
    }),
    finishReason: reasonOf(response),
    usage: usage ?? undefined,
    error: error?.message,
    isComplete: response.status !== 'failed',
  };
}
