import type { FinishReason, ToolCall, Usage } from '../../parts.ts';
import type { ErrorBody } from '../../stream-event.ts';
import type { StreamIdentity } from '../dialect.ts';
import { responseError } from './errors.ts';

/** The id of a response, by which it can be asked for again. */
export function responseId({ hash }: StreamIdentity): string {
  return `resp_${hash.slice(0, 32)}`;
}

/** Fields of a request that its response repeats. */
export type EchoedFields = Readonly<Record<string, unknown>>;

/** The `response` object, as every event that has one repeats it. */
export function responseObject(
  identity: StreamIdentity,
  echoed: EchoedFields,
  fields: { status: string; output: readonly object[]; usage: object | null },
) {
  return {
    id: responseId(identity),
    object: 'response',
    created_at: identity.createdSec,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: identity.model,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    metadata: {},
    ...echoed,
    ...fields,
  };
}

/** The response of a generation that failed, with what it had said. */
export function failedResponse(
  identity: StreamIdentity,
  echoed: EchoedFields,
  output: readonly object[],
  error: ErrorBody,
) {
  const { code, message } = responseError(error);
  return {
    ...responseObject(identity, echoed, { status: 'failed', output, usage: null }),
    error: { code, message },
  };
}

/** Status and details of a response by why it ended. */
export function endOf(reason: FinishReason) {
  if (reason === 'length') {
    return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  }
  if (reason === 'content-filter') {
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
  }
  return { status: 'completed' };
}

export function responseUsage(usage: Usage) {
  const { inputTokens, outputTokens, reasoningTokens, cachedTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

/** An item of the output: reasoning, a message or a function call. `status` is left out by reasoning. */
export function reasoningItem(id: string, text: string) {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return { id, type: 'reasoning', summary };
}

export function textPart(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

export function messageItem(id: string, status: string, text: string | undefined) {
  const content = text === undefined ? [] : [textPart(text)];
  return { id, type: 'message', status, role: 'assistant', content };
}

export function callItem(id: string, status: string, call: ToolCall) {
  const { id: call_id, name, arguments: written } = call;
  return { id, type: 'function_call', status, call_id, name, arguments: written };
}

/** Ids of items: functions of the stream and their place in it. */
export function itemId(prefix: 'rs' | 'msg' | 'fc', { hash }: StreamIdentity, index: number) {
  return `${prefix}_${hash.slice(0, 28)}${index.toString(16).padStart(4, '0')}`;
}
