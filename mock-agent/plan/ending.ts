import { z } from 'zod';

import {
  estimateTokens,
  type ChatMessage,
  type FinishReason,
  type Parts,
  type Usage,
} from '../../proto/parts.ts';

/** Why a stream ends well; `tool-calls` follows from its tool calls. */
export const finishReasonSchema = z.enum(['stop', 'length', 'content-filter']);

const tokens = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .optional();

/** The usage that the final chunk states, in tokens. Absent keys are counted from the plan. */
export const usageSchema = z.strictObject({
  inputTokens: tokens,
  outputTokens: tokens,
  reasoningTokens: tokens,
  cachedTokens: tokens,
});

interface EndSettings {
  finishReason?: FinishReason | undefined;
  usage?: z.output<typeof usageSchema> | undefined;
}

/** The tokens of a plan. */
export interface TokenCounts {
  text: number;
  reasoning: number;
  toolCalls: number;
}

/**
 * Returns finish reason and usage for the final chunk. Undefined for a request by prompt alone whose
 * behaviour sets neither: the specified interface has no place for them.
 */
export function endingOf(
  { finishReason, usage }: EndSettings,
  { prompt, messages = [] }: { prompt: string; messages?: readonly ChatMessage[] | undefined },
  hasToolCalls: boolean,
  counts: TokenCounts,
): Pick<Required<Parts>, 'finishReason' | 'usage'> | undefined {
  if (finishReason === undefined && usage === undefined && messages.length === 0) return undefined;
  const followed: FinishReason = hasToolCalls ? 'tool-calls' : 'stop';
  return {
    finishReason: finishReason ?? followed,
    usage: { ...countUsage(prompt, messages, counts), ...defined(usage) },
  };
}

function countUsage(
  prompt: string,
  messages: readonly ChatMessage[],
  { text, reasoning, toolCalls }: TokenCounts,
): Usage {
  const inputUnits = messages.reduce((units, { content }) => units + content.length, 0);
  return {
    inputTokens: estimateTokens(messages.length === 0 ? prompt.length : inputUnits),
    outputTokens: text + reasoning + toolCalls,
    reasoningTokens: reasoning,
    cachedTokens: 0,
  };
}

function defined(usage: EndSettings['usage'] = {}): Partial<Usage> {
  const { inputTokens, outputTokens, reasoningTokens, cachedTokens } = usage;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
  };
}
