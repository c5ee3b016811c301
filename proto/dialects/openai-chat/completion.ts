import type { FinishReason, Usage } from '../../parts.ts';
import type { StreamIdentity } from '../dialect.ts';

/** How the format writes the reasons. */
export const chatFinishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
};

/** What every object of an answer begins with. */
export function completionHead(object: string, { hash, createdSec, model }: StreamIdentity) {
  return {
    id: `chatcmpl-${hash.slice(0, 29)}`,
    object,
    created: createdSec,
    model,
    service_tier: 'default',
    system_fingerprint: `fp_${hash.slice(0, 10).toLowerCase()}`,
  };
}

export function chatUsage(usage: Usage) {
  const { inputTokens, outputTokens, reasoningTokens, cachedTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
