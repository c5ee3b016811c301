/** What an answer carries beside its text, in the fields of `StreamChunk` and `GenerateRequest`. */

/** Why a generation ended well. */
export const finishReasons = ['stop', 'length', 'tool-calls', 'content-filter'] as const;

export type FinishReason = (typeof finishReasons)[number];

/** A piece of a tool call. Empty texts continue nothing; the first piece of an index has id and name. */
export interface ToolCallFragment {
  /** Counts the calls of a stream from 0. */
  index: number;
  id: string;
  name: string;
  /** A piece of the arguments' JSON. */
  arguments: string;
}

/** In tokens. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** Of the output tokens, those of reasoning. */
  reasoningTokens: number;
  /** Of the input tokens, those that were read from a cache. */
  cachedTokens: number;
}

/** What a chunk carries beside its text. */
export interface Parts {
  /** Comes before the text of the same chunk. */
  reasoning?: string;
  /** Come after the text of the same chunk. */
  toolCalls?: readonly ToolCallFragment[];
  /** On the final chunk. */
  finishReason?: FinishReason;
  /** On the final chunk. */
  usage?: Usage;
}

/** A whole tool call. */
export interface ToolCall {
  id: string;
  name: string;
  /** JSON. */
  arguments: string;
}

/** A message of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** Those that an assistant's message made. */
  toolCalls: readonly ToolCall[];
  /** The call that a tool's message answers; empty for other roles. */
  toolCallId: string;
}

/** Returns the message of a user. */
export function userMessage(content: string): ChatMessage {
  return { role: 'user', content, toolCalls: [], toolCallId: '' };
}

/** A tool that the agent may call. */
export interface ChatTool {
  name: string;
  description: string;
  /** The JSON Schema of its arguments; empty where the client sent none. */
  parameters: string;
}

/** Code units of a token, as the usual tokenisers cut English text. */
const unitsPerToken = 4;

/** Estimates the tokens of so many code units of text, where nobody counts them. */
export function estimateTokens(units: number): number {
  return Math.ceil(units / unitsPerToken);
}
