import { z } from 'zod';

import type { FinishReason, ToolCall, Usage } from '../../parts.ts';
import { readFinishReason, type Answer, type Decoded } from '../answer.ts';
import type { Decoder } from '../dialect.ts';
import { stopReasons } from './message.ts';
import { readToolId } from './tool-ids.ts';

const usageSchema = z.looseObject({
  input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number(),
  output_tokens_details: z.looseObject({ thinking_tokens: z.number().default(0) }).nullish(),
});

type WrittenUsage = z.output<typeof usageSchema>;

function usageOf(usage: WrittenUsage): Usage {
  const { input_tokens, cache_read_input_tokens, output_tokens, output_tokens_details } = usage;
  const cachedTokens = cache_read_input_tokens ?? 0;
  return {
    inputTokens: (input_tokens ?? 0) + cachedTokens,
    outputTokens: output_tokens,
    // Older servers count reasoning among the output and say no more.
    reasoningTokens: output_tokens_details?.thinking_tokens ?? 0,
    cachedTokens,
  };
}

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
});

const eventSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('message_start'),
    message: z.looseObject({ usage: usageSchema.nullish() }),
  }),
  z.looseObject({
    type: z.literal('content_block_start'),
    index: z.int(),
    content_block: blockSchema,
  }),
  z.looseObject({
    type: z.literal('content_block_delta'),
    index: z.int(),
    delta: z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject({ stop_reason: z.string().nullish() }),
    usage: usageSchema.nullish(),
  }),
  z.looseObject({ type: z.literal('message_stop') }),
  z.looseObject({
    type: z.literal('error'),
    error: z.looseObject({ type: z.string(), message: z.string() }),
  }),
]);

/** Reads what `encodeMessages` writes; events of unknown names hold nothing. */
export function decodeMessages(): Decoder {
  /** The number of the tool call in each block that is one. */
  const calls = new Map<number, number>();
  const known = new Set<string>(eventSchema.options.map((option) => option.shape.type.value));

  const startOf = (index: number, block: z.output<typeof blockSchema>): Decoded[] => {
    if (block.type === 'tool_use') {
      const call = calls.size;
      calls.set(index, call);
      const { id = '', name = '' } = block;
      const fragment = { index: call, id: readToolId(id), name, arguments: '' };
      return [{ type: 'tool-call', fragment }];
    }
    return words('text', block.text).concat(words('reasoning', block.thinking));
  };

  return {
    event(_name, data) {
      // Proxies append it, and the provider's clients ignore it.
      if (data === '[DONE]') return [];
      const value: unknown = JSON.parse(data);
      if (!known.has(typeOfEvent(value))) return [];
      const event = eventSchema.parse(value);
      switch (event.type) {
        case 'message_start':
          return [];
        case 'content_block_start':
          return startOf(event.index, event.content_block);
        case 'content_block_delta': {
          const { text, thinking, partial_json } = event.delta;
          const call = calls.get(event.index);
          const decoded = words('text', text).concat(words('reasoning', thinking));
          if (call !== undefined && partial_json !== undefined && partial_json !== '') {
            const fragment = { index: call, id: '', name: '', arguments: partial_json };
            decoded.push({ type: 'tool-call', fragment });
          }
          return decoded;
        }
        case 'message_delta': {
          const { stop_reason } = event.delta;
          const decoded: Decoded[] = [];
          if (stop_reason) decoded.push({ type: 'finish', reason: reasonOf(stop_reason) });
          if (event.usage) decoded.push({ type: 'usage', usage: usageOf(event.usage) });
          return decoded;
        }
        case 'message_stop':
          return [{ type: 'end' }];
        case 'error':
          return [{ type: 'error', message: event.error.message, kind: event.error.type }];
      }
    },
  };
}

function typeOfEvent(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('type' in value)) return '';
  return String(value.type);
}

function words(type: 'text' | 'reasoning', text: string | undefined): Decoded[] {
  return text === undefined || text === '' ? [] : [{ type, text }];
}

function reasonOf(written: string): FinishReason {
  return readFinishReason(stopReasons, written);
}

const messageSchema = z.looseObject({
  content: z.array(blockSchema),
  stop_reason: z.string().nullish(),
  usage: usageSchema.nullish(),
});

/** Reads a whole message. @throws ZodError */
export function readMessage(body: unknown): Answer {
  const { content, stop_reason, usage } = messageSchema.parse(body);
  return {
    text: content.map(({ text = '' }) => text).join(''),
    reasoning: content.map(({ thinking = '' }) => thinking).join(''),
    toolCalls: content.flatMap(({ type, id = '', name = '', input }): ToolCall[] =>
      type === 'tool_use'
        ? [{ id: readToolId(id), name, arguments: JSON.stringify(input ?? {}) }]
        : [],
    ),
    finishReason: stop_reason ? reasonOf(stop_reason) : undefined,
    usage: usage ? usageOf(usage) : undefined,
    error: undefined,
    isComplete: true,
  };
}
