import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';

import { dataOf, expectOrder, type WireEvent } from './wire-event.ts';

const tokens = z.int().min(0);

const deltaUsageSchema = z.strictObject({
  input_tokens: tokens,
  cache_creation_input_tokens: tokens,
  cache_read_input_tokens: tokens,
  output_tokens: tokens,
  output_tokens_details: z.strictObject({ thinking_tokens: tokens }),
  server_tool_use: z.null(),
}) satisfies z.ZodType<Anthropic.MessageDeltaUsage>;

const usageSchema = deltaUsageSchema.extend({
  cache_creation: z.strictObject({
    ephemeral_5m_input_tokens: tokens,
    ephemeral_1h_input_tokens: tokens,
  }),
  inference_geo: z.null(),
  service_tier: z.literal('standard'),
  speed: z.null(),
}) satisfies z.ZodType<Anthropic.Usage>;

const blockSchema = z.discriminatedUnion('type', [
  // Without the null that the SDK's type has for citations: the AI SDK refuses it.
  z.strictObject({ type: z.literal('text'), text: z.literal('') }),
  z.strictObject({
    type: z.literal('thinking'),
    thinking: z.literal(''),
    signature: z.literal(''),
  }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().min(1),
    name: z.string().min(1),
    input: z.strictObject({}),
    caller: z.strictObject({ type: z.literal('direct') }),
  }),
]);

const deltaSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text_delta'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('thinking_delta'), thinking: z.string().min(1) }),
  z.strictObject({ type: z.literal('signature_delta'), signature: z.string().min(1) }),
  z.strictObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]) satisfies z.ZodType<Anthropic.RawContentBlockDelta>;

const endSchema = z.strictObject({
  container: z.null(),
  stop_reason: z.enum(['end_turn', 'max_tokens', 'tool_use', 'refusal']),
  stop_sequence: z.null(),
  stop_details: z
    .strictObject({ type: z.literal('refusal'), category: z.null(), explanation: z.null() })
    .nullable(),
}) satisfies z.ZodType<Anthropic.RawMessageDeltaEvent.Delta>;

const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message_start'),
    message: z.strictObject({
      id: z.string().regex(/^msg_\w{24}$/),
      type: z.literal('message'),
      role: z.literal('assistant'),
      model: z.string(),
      content: z.array(blockSchema).length(0),
      container: z.null(),
      diagnostics: z.null(),
      stop_reason: z.null(),
      stop_sequence: z.null(),
      stop_details: z.null(),
      usage: usageSchema,
    }),
  }),
  z.strictObject({
    type: z.literal('content_block_start'),
    index: z.int().min(0),
    content_block: blockSchema,
  }),
  z.strictObject({
    type: z.literal('content_block_delta'),
    index: z.int().min(0),
    delta: deltaSchema,
  }),
  z.strictObject({ type: z.literal('content_block_stop'), index: z.int().min(0) }),
  z.strictObject({
    type: z.literal('message_delta'),
    delta: endSchema,
    usage: deltaUsageSchema,
  }),
  z.strictObject({ type: z.literal('message_stop') }),
]);

const errorSchema = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.literal('api_error'), message: z.string().min(1) }),
  request_id: z.null(),
}) satisfies z.ZodType<Anthropic.ErrorResponse>;

const thinking = 'start:thinking (thinking_delta )+(signature_delta stop |(?=error))';
const text = 'start:text (text_delta )+(stop |(?=error))';
const call = 'start:tool_use (input_json_delta )+(stop |(?=error))';
const order = new RegExp(
  `^message_start (${thinking})?(${text})?(${call})*(message_delta message_stop|error)$`,
);

/** Checks a stream of message events: blocks follow each other, and their numbers have no holes. */
export function checkMessages(events: readonly WireEvent[]): void {
  let blocks = 0;
  const kinds = events.map((event) => {
    const data = dataOf(event);
    if (event.event === 'error') return errorSchema.parse(data).type;
    const parsed = eventSchema.parse(data);
    if (parsed.type !== event.event) throw new Error(`${event.event} has data of ${parsed.type}`);
    if ('index' in parsed) {
      if (parsed.type === 'content_block_start') blocks += 1;
      if (parsed.index !== blocks - 1) throw new Error(`index ${parsed.index} of ${blocks} blocks`);
    }
    if (parsed.type === 'content_block_start') return `start:${parsed.content_block.type}`;
    if (parsed.type === 'content_block_delta') return parsed.delta.type;
    return parsed.type === 'content_block_stop' ? 'stop' : parsed.type;
  });
  expectOrder(kinds, order);
}
