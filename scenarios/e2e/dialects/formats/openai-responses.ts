import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { z } from 'zod';

import { dataOf, expectOrder, type WireEvent } from './wire-event.ts';

const tokens = z.int().min(0);
const id = z.string().min(1);
const place = z.int().min(0);

const usageSchema = z.strictObject({
  input_tokens: tokens,
  input_tokens_details: z.strictObject({ cached_tokens: tokens }),
  output_tokens: tokens,
  output_tokens_details: z.strictObject({ reasoning_tokens: tokens }),
  total_tokens: tokens,
});

const summaryPart = z.strictObject({ type: z.literal('summary_text'), text: z.string() });
const textPart = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.never()),
  logprobs: z.array(z.never()),
});

const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']);

const itemSchema = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string().regex(/^rs_/),
    type: z.literal('reasoning'),
    summary: z.array(summaryPart),
  }),
  z.strictObject({
    id: z.string().regex(/^msg_/),
    type: z.literal('message'),
    status: itemStatus,
    role: z.literal('assistant'),
    content: z.array(textPart),
  }),
  z.strictObject({
    id: z.string().regex(/^fc_/),
    type: z.literal('function_call'),
    status: itemStatus,
    call_id: id,
    name: id,
    arguments: z.string(),
  }),
]);

const responseFields = {
  id: z.string().regex(/^resp_\w{32}$/),
  object: z.literal('response'),
  created_at: z.int(),
  instructions: z.null(),
  max_output_tokens: z.null(),
  model: z.string(),
  parallel_tool_calls: z.literal(true),
  previous_response_id: z.null(),
  reasoning: z.strictObject({ effort: z.null(), summary: z.null() }),
  service_tier: z.literal('default'),
  store: z.literal(true),
  temperature: z.literal(1),
  text: z.strictObject({ format: z.strictObject({ type: z.literal('text') }) }),
  tool_choice: z.literal('auto'),
  tools: z.array(z.never()),
  top_p: z.literal(1),
  truncation: z.literal('disabled'),
  metadata: z.strictObject({}),
};

const openResponse = z.strictObject({
  ...responseFields,
  status: z.literal('in_progress'),
  error: z.null(),
  incomplete_details: z.null(),
  output: z.array(z.never()),
  usage: z.null(),
});

const completedResponse = openResponse.extend({
  status: z.literal('completed'),
  output: z.array(itemSchema),
  usage: usageSchema,
});

const incompleteResponse = completedResponse.extend({
  status: z.literal('incomplete'),
  incomplete_details: z.strictObject({ reason: z.enum(['max_output_tokens', 'content_filter']) }),
});

const failedResponse = openResponse.extend({
  status: z.literal('failed'),
  error: z.strictObject({ code: z.literal('server_error'), message: id }),
  output: z.array(itemSchema),
});

function event<T extends string, S extends z.ZodRawShape>(type: T, fields: S) {
  return z.strictObject({ type: z.literal(type), sequence_number: z.int().min(0), ...fields });
}

const summaryAt = { item_id: id, output_index: place, summary_index: z.literal(0) };
const contentAt = { item_id: id, output_index: place, content_index: z.literal(0) };
const itemAt = { item_id: id, output_index: place };

const eventSchema = z.discriminatedUnion('type', [
  event('response.created', { response: openResponse }),
  event('response.in_progress', { response: openResponse }),
  event('response.output_item.added', { output_index: place, item: itemSchema }),
  event('response.output_item.done', { output_index: place, item: itemSchema }),
  event('response.reasoning_summary_part.added', { ...summaryAt, part: summaryPart }),
  event('response.reasoning_summary_text.delta', { ...summaryAt, delta: id }),
  event('response.reasoning_summary_text.done', { ...summaryAt, text: id }),
  event('response.reasoning_summary_part.done', { ...summaryAt, part: summaryPart }),
  event('response.content_part.added', { ...contentAt, part: textPart }),
  event('response.output_text.delta', { ...contentAt, delta: id, logprobs: z.array(z.never()) }),
  event('response.output_text.done', { ...contentAt, text: id, logprobs: z.array(z.never()) }),
  event('response.content_part.done', { ...contentAt, part: textPart }),
  event('response.function_call_arguments.delta', { ...itemAt, delta: id }),
  event('response.function_call_arguments.done', { ...itemAt, name: id, arguments: z.string() }),
  event('response.completed', { response: completedResponse }),
  event('response.incomplete', { response: incompleteResponse }),
  event('response.failed', { response: failedResponse }),
  // As the provider sends it; the SDK's type is flat.
  event('error', {
    error: z.strictObject({ type: id, code: id, message: id, param: z.null() }),
  }),
]);

/** Every type is one of the SDK's. */
type Event = z.output<typeof eventSchema> & { type: ResponseStreamEvent['type'] };

const kindsByType: Readonly<Record<Event['type'], string>> = {
  'response.created': 'created',
  'response.in_progress': 'in-progress',
  'response.output_item.added': 'item',
  'response.output_item.done': 'item-done',
  'response.reasoning_summary_part.added': 'summary',
  'response.reasoning_summary_text.delta': 'summary-delta',
  'response.reasoning_summary_text.done': 'summary-text',
  'response.reasoning_summary_part.done': 'summary-done',
  'response.content_part.added': 'part',
  'response.output_text.delta': 'text-delta',
  'response.output_text.done': 'text',
  'response.content_part.done': 'part-done',
  'response.function_call_arguments.delta': 'call-delta',
  'response.function_call_arguments.done': 'call-done',
  'response.completed': 'end',
  'response.incomplete': 'end',
  'response.failed': 'failed',
  error: 'error',
};

const reasoning =
  'item:reasoning summary (summary-delta )+(summary-text summary-done item-done:reasoning |(?=error))';
const message = 'item:message part (text-delta )+(text part-done item-done:message |(?=error))';
const calls = '(item:function_call |call-delta )*((call-done item-done:function_call )*|(?=error))';
const order = new RegExp(
  `^created in-progress (${reasoning})?(${message})?${calls}(end|error failed)$`,
);

/** Checks a stream of response events, its numbers and that each item is added before it is used. */
export function checkResponses(events: readonly WireEvent[]): void {
  const items: string[] = [];
  const kinds = events.map((written, number) => {
    const parsed = eventSchema.parse(dataOf(written));
    if (parsed.type !== written.event) throw new Error(`${written.event} has ${parsed.type}`);
    if (parsed.sequence_number !== number)
      throw new Error(`${parsed.sequence_number} is ${number}`);
    const kind = kindsByType[parsed.type];
    if ('item' in parsed) {
      if (parsed.type === 'response.output_item.added') items.push(parsed.item.id);
      if (items[parsed.output_index] !== parsed.item.id) throw new Error('an item moves');
      return `${kind}:${parsed.item.type}`;
    }
    if ('item_id' in parsed && items[parsed.output_index] !== parsed.item_id) {
      throw new Error(`${parsed.type} is of no item`);
    }
    return kind;
  });
  expectOrder(kinds, order);
}
