import {
  estimateTokens,
  type ChatMessage,
  type FinishReason,
  type Parts,
  type Usage,
} from '../parts.ts';
import type { Answer } from './answer.ts';

/** What an encoder remembers of its stream: never its text. */
export interface Tally {
  add(message: { delta: string; parts?: Parts | undefined }): void;
  /** The agent's, or the one that follows from what it sent. */
  finishReason(): FinishReason;
  /** The agent's, or an estimate. */
  usage(messages: readonly ChatMessage[]): Usage;
}

export function startTally(): Tally {
  let units = 0;
  let reasoningUnits = 0;
  let hasToolCalls = false;
  let finishReason: FinishReason | undefined;
  let usage: Usage | undefined;
  return {
    add({ delta, parts }) {
      units += delta.length;
      if (parts === undefined) return;
      reasoningUnits += parts.reasoning?.length ?? 0;
      for (const { arguments: piece } of parts.toolCalls ?? []) {
        hasToolCalls = true;
        units += piece.length;
      }
      finishReason = parts.finishReason ?? finishReason;
      usage = parts.usage ?? usage;
    },
    finishReason: () => finishReason ?? (hasToolCalls ? 'tool-calls' : 'stop'),
    usage: (messages) =>
      usage ?? {
        inputTokens: estimateInputTokens(messages),
        outputTokens: estimateTokens(units + reasoningUnits),
        reasoningTokens: estimateTokens(reasoningUnits),
        cachedTokens: 0,
      },
  };
}

/** Estimates the tokens of a conversation. */
export function estimateInputTokens(messages: readonly ChatMessage[]): number {
  return estimateTokens(messages.reduce((sum, { content }) => sum + content.length, 0));
}

/** Returns the tally of a whole answer. */
export function tallyOf({ text, reasoning, toolCalls, finishReason, usage }: Answer): Tally {
  const tally = startTally();
  const fragments = toolCalls.map((call, index) => ({ index, ...call }));
  tally.add({
    delta: text,
    parts: {
      reasoning,
      toolCalls: fragments,
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(usage === undefined ? {} : { usage }),
    },
  });
  return tally;
}
