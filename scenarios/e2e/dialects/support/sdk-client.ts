import type { FinishReason, Usage } from '../../../../proto/parts.ts';

/** A request, as every SDK can make it. */
export interface Question {
  /** The gateway's, without a path. */
  url: string;
  headers?: Record<string, string>;
  model?: string;
  prompt: string;
  tools?: readonly QuestionTool[];
}

export interface QuestionTool {
  name: string;
  description: string;
  /** JSON Schema. */
  parameters: { type: 'object'; properties: Record<string, object>; required: string[] };
}

/** What the user of an SDK has in the end. */
export interface SdkAnswer {
  text: string;
  /** Undefined where the SDK does not show it. */
  reasoning?: string;
  toolCalls: readonly { id: string; name: string; arguments: unknown }[];
  finishReason: FinishReason;
  /** Of the tokens, those that the SDK tells. */
  usage: Partial<Usage>;
}

/** Returns the id of a call that the agent made, as a client by this name has it: Anthropic's have a prefix of their own. */
export function toolIdAt(client: string, id: string): string {
  return client.includes('anthropic') ? id.replace(/^call_/, 'toolu_') : id;
}

/** One way of using an SDK. */
export type SdkClient = (question: Question) => Promise<SdkAnswer>;

export const defaultModel = 'gpt-4';

/** The key that no server checks. */
export const apiKey = 'any';

/** Returns our name of a reason. @throws Error for a reason that the format does not have. */
export function reasonIn(
  words: Readonly<Record<FinishReason, string | null>>,
  written: string | null | undefined,
): FinishReason {
  const reasons: FinishReason[] = ['stop', 'length', 'tool-calls', 'content-filter'];
  const found = reasons.find((reason) => words[reason] === written);
  if (found === undefined) throw new Error(`unknown finish reason ${String(written)}`);
  return found;
}
