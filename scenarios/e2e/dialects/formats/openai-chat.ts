import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import { z } from 'zod';

import { dataOf, expectOrder, type WireEvent } from './wire-event.ts';

const tokens = z.int().min(0);

const usageSchema = z.strictObject({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens,
  prompt_tokens_details: z.strictObject({ cached_tokens: tokens, audio_tokens: tokens }),
  completion_tokens_details: z.strictObject({
    reasoning_tokens: tokens,
    audio_tokens: tokens,
    accepted_prediction_tokens: tokens,
    rejected_prediction_tokens: tokens,
  }),
}) satisfies z.ZodType<CompletionUsage>;

const toolCallSchema = z.union([
  z.strictObject({
    index: z.int().min(0),
    id: z.string().regex(/^call_\w+$/),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
  }),
  z.strictObject({ index: z.int().min(0), function: z.strictObject({ arguments: z.string() }) }),
]) satisfies z.ZodType<ChatCompletionChunk.Choice.Delta.ToolCall>;

const deltaSchema = z.union([
  z.strictObject({ role: z.literal('assistant'), content: z.literal(''), refusal: z.null() }),
  // What compatible servers send, and the SDK's types do not have.
  z.strictObject({ reasoning_content: z.string().min(1) }),
  z.strictObject({ content: z.string().min(1) }),
  z.strictObject({ tool_calls: z.array(toolCallSchema).length(1) }),
  z.strictObject({}),
]);

const chunkSchema = z.strictObject({
  id: z.string().regex(/^chatcmpl-\w{29}$/),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.literal('gpt-4'),
  service_tier: z.literal('default'),
  system_fingerprint: z.string().regex(/^fp_[\da-f]{10}$/),
  choices: z
    .array(
      z.strictObject({
        index: z.literal(0),
        delta: deltaSchema,
        logprobs: z.null(),
        finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']).nullable(),
      }),
    )
    .max(1),
  usage: usageSchema.nullable(),
});

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string(),
    param: z.null(),
    code: z.string().nullable(),
  }),
});

type Chunk = z.output<typeof chunkSchema>;

/** Checks a stream of chunks of a request with `include_usage`. */
export function checkChat(events: readonly WireEvent[]): void {
  const kinds = events.map((event) => {
    if (event.event !== undefined) throw new Error(`an event is named ${event.event}`);
    if (event.data === '[DONE]') return 'done';
    const data = dataOf(event);
    if (typeof data === 'object' && data !== null && 'error' in data) {
      errorSchema.parse(data);
      return 'error';
    }
    return kindOf(chunkSchema.parse(data));
  });
  expectOrder(
    kinds,
    /^role (reasoning )*(text )*(call-start (call )*|call )*(end usage done|error)$/,
  );
  const heads = events.flatMap((event) => {
    const chunk = event.data === '[DONE]' ? undefined : chunkSchema.safeParse(dataOf(event)).data;
    return chunk === undefined ? [] : [`${chunk.id} ${chunk.created} ${chunk.system_fingerprint}`];
  });
  if (new Set(heads).size !== 1) throw new Error('chunks of one stream differ in their head');
}

function kindOf({ choices: [choice], usage }: Chunk): string {
  if (choice === undefined) {
    if (usage === null) throw new Error('a chunk without choice has no usage');
    return 'usage';
  }
  if (usage !== null) throw new Error('a chunk with a choice has usage');
  const { delta, finish_reason } = choice;
  if ((finish_reason !== null) !== (Object.keys(delta).length === 0)) {
    throw new Error('the chunk with the finish reason is not the one without delta');
  }
  if ('role' in delta) return 'role';
  if ('reasoning_content' in delta) return 'reasoning';
  if ('content' in delta) return 'text';
  if ('tool_calls' in delta)
    return delta.tool_calls.some((call) => 'id' in call) ? 'call-start' : 'call';
  return 'end';
}
