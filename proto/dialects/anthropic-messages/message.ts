import type { FinishReason, Usage } from '../../parts.ts';
import type { StreamIdentity } from '../dialect.ts';
import { writeToolId } from './tool-ids.ts';

/** How the format writes the reasons. */
export const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
};

/** What a message says of itself, before its content. */
export function messageHead({ hash, model }: StreamIdentity) {
  return { id: `msg_${hash.slice(0, 24)}`, type: 'message', role: 'assistant', model };
}

/** What a message is besides its content; features that a plan does not have are null. */
export function messageTail(stop_reason: string | null) {
  return { ...stopOf(stop_reason), diagnostics: null };
}

/** Why a message ended. */
export function stopOf(stop_reason: string | null) {
  const isRefusal = stop_reason === stopReasons['content-filter'];
  const stop_details = isRefusal ? { type: 'refusal', category: null, explanation: null } : null;
  return { container: null, stop_reason, stop_sequence: null, stop_details };
}

export function toolBlock(id: string, name: string, input: unknown) {
  return { type: 'tool_use', id: writeToolId(id), name, input, caller: { type: 'direct' } };
}

/** Stands for the proof that reasoning is the provider's; a function of the stream alone. */
export function signatureOf({ hash }: StreamIdentity): string {
  return Buffer.from(`rehearsal:${hash}`).toString('base64');
}

/** The usage of a whole message, and of one that begins. */
export function messageUsage(usage: Usage) {
  return {
    ...deltaUsage(usage),
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    inference_geo: null,
    service_tier: 'standard',
    speed: null,
  };
}

/** The usage of a message that ends. */
export function deltaUsage({ inputTokens, outputTokens, reasoningTokens, cachedTokens }: Usage) {
  return {
    input_tokens: inputTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  };
}
