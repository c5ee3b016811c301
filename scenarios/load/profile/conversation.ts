import { z } from 'zod';

import type { Answer } from '../../../proto/dialects/answer.ts';
import { durationSchema } from '../../../proto/notation/duration.ts';
import { wellFormedText } from '../../../proto/notation/well-formed-text.ts';
import { userMessage, type ChatMessage } from '../../../proto/parts.ts';

/** The most messages of the user in a conversation, and the most requests for one of them. */
export const mostTurns = 100;

/** A conversation in place of a single request: each of its requests is a stream with a sample of its own. */
export const conversationSchema = z
  .strictObject({
    turns: z
      .array(wellFormedText.min(1))
      .min(1)
      .max(mostTurns)
      .describe('What the user says, one message after the other; replaces `request.prompt`.'),
    think: durationSchema
      .prefault('0s')
      .describe('From the end of an answer to the next message of the user.'),
    toolResults: z
      .record(z.string().min(1), wellFormedText)
      .default({})
      .describe('What each tool returns, by its name; `{}` for the others.'),
    toolTime: durationSchema
      .prefault('0s')
      .describe('From the end of an answer with tool calls to the request with their results.'),
    mostSteps: z
      .int()
      .min(1)
      .max(mostTurns)
      .default(10)
      .describe(
        'The most requests for one message of the user; then the conversation ends, with calls unanswered.',
      ),
  })
  .transform(({ think, toolTime, ...others }) => ({ ...others, thinkMs: think, toolMs: toolTime }));

export type Conversation = z.output<typeof conversationSchema>;

/** A request of a conversation. */
export interface ConversationRequest {
  messages: readonly ChatMessage[];
  /** The number of the user's message, from 1. */
  turn: number;
  /** The number of the request for that message, from 1: more than one after tool calls. */
  step: number;
  /** The number of the request in the conversation, from 1. */
  number: number;
}

export function firstRequest({ turns }: Conversation): ConversationRequest {
  return { messages: turns.slice(0, 1).map(userMessage), turn: 1, step: 1, number: 1 };
}

/**
 * Returns the request after an answer, and the pause before it: with the results of all tools that the answer
 * calls, else with the user's next message. Undefined at the end of the conversation.
 */
export function nextRequest(
  { turns, thinkMs, toolResults, toolMs, mostSteps }: Conversation,
  { messages, turn, step, number }: ConversationRequest,
  { text, toolCalls }: Pick<Answer, 'text' | 'toolCalls'>,
): { request: ConversationRequest; pauseMs: number } | undefined {
  const answer: ChatMessage = { role: 'assistant', content: text, toolCalls, toolCallId: '' };
  if (toolCalls.length > 0) {
    if (step === mostSteps) return undefined;
    const results = toolCalls.map(({ id, name }): ChatMessage => {
      const content = Object.hasOwn(toolResults, name) ? (toolResults[name] ?? '') : '{}';
      return { role: 'tool', content, toolCalls: [], toolCallId: id };
    });
    const request = { turn, step: step + 1, number: number + 1 };
    return {
      request: { ...request, messages: [...messages, answer, ...results] },
      pauseMs: toolMs,
    };
  }
  const message = turns[turn];
  if (message === undefined) return undefined;
  return {
    request: {
      messages: [...messages, answer, userMessage(message)],
      turn: turn + 1,
      step: 1,
      number: number + 1,
    },
    pauseMs: thinkMs,
  };
}

/** Returns the key of a request of a conversation. */
export function conversationKeyOf(conversation: string, number: number): string {
  return `${conversation}.${number}`;
}

/** Returns the key of the conversation and the number of the request. */
export function readConversationKey(key: string): { conversation: string; number: number } {
  const dot = key.lastIndexOf('.');
  return { conversation: key.slice(0, dot), number: Number(key.slice(dot + 1)) };
}
