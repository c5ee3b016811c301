import { z } from 'zod';

import type { FinishReason, Usage } from '../../parts.ts';
import { readFinishReason, type Answer, type Decoded } from '../answer.ts';
import type { Decoder } from '../dialect.ts';
import { chatFinishReasons } from './completion.ts';

const usageSchema = z
  .looseObject({
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    prompt_tokens_details: z.looseObject({ cached_tokens: z.number().default(0) }).nullish(),
    completion_tokens_details: z.looseObject({ reasoning_tokens: z.number().default(0) }).nullish(),
  })
  .transform((usage): Usage => ({
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  }));

/** Text and reasoning, of a delta and of a whole message alike; hosts of open models write `reasoning`. */
const wordsSchema = {
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
};

const fragmentSchema = z.looseObject({
  index: z.int().min(0).default(0),
  id: z.string().nullish(),
  function: z
    .looseObject({ name: z.string().nullish(), arguments: z.string().nullish() })
    .nullish(),
});

const errorSchema = z.looseObject({
  message: z.string().default(''),
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
});

const chunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({ ...wordsSchema, tool_calls: z.array(fragmentSchema).nullish() })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: usageSchema.nullish(),
  error: errorSchema.nullish(),
});

/** Reads what `encodeChat` writes, and what compatible servers do. */
export function decodeChat(): Decoder {
  return {
    event(_name, data) {
      if (data === '[DONE]') return [{ type: 'end' }];
      const { choices, usage, error } = chunkSchema.parse(JSON.parse(data));
      if (error !== undefined && error !== null) {
        const { message, type, code } = error;
        return [{ type: 'error', message, kind: String(code ?? type ?? '') }];
      }
      const decoded: Decoded[] = [];
      const [choice] = choices;
      const { delta, finish_reason } = choice ?? {};
      const reasoning = delta?.reasoning_content ?? delta?.reasoning ?? '';
      if (reasoning !== '') decoded.push({ type: 'reasoning', text: reasoning });
      if (delta?.content) decoded.push({ type: 'text', text: delta.content });
      for (const { index, id, function: called } of delta?.tool_calls ?? []) {
        const { name, arguments: piece } = called ?? {};
        decoded.push({
          type: 'tool-call',
          fragment: { index, id: id ?? '', name: name ?? '', arguments: piece ?? '' },
        });
      }
      if (finish_reason) decoded.push({ type: 'finish', reason: reasonOf(finish_reason) });
      if (usage) decoded.push({ type: 'usage', usage });
      return decoded;
    },
  };
}

function reasonOf(written: string): FinishReason {
  return readFinishReason(chatFinishReasons, written);
}

const completionSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({ ...wordsSchema, tool_calls: z.array(fragmentSchema).nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: usageSchema.nullish(),
});

/** Reads a `chat.completion` object. @throws ZodError */
export function readCompletion(body: unknown): Answer {
  const { choices, usage } = completionSchema.parse(body);
  const [choice] = choices;
  const { content, reasoning_content, reasoning, tool_calls } = choice?.message ?? {};
  return {
    text: content ?? '',
    reasoning: reasoning_content ?? reasoning ?? '',
    toolCalls: (tool_calls ?? []).map(({ id, function: called }) => ({
      id: id ?? '',
      name: called?.name ?? '',
      arguments: called?.arguments ?? '',
    })),
    finishReason: choice?.finish_reason ? reasonOf(choice.finish_reason) : undefined,
    usage: usage ?? undefined,
    error: undefined,
    isComplete: true,
  };
}
