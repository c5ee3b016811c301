import { anthropicMessages } from './anthropic-messages/index.ts';
import { isMessagesClient, messagesModel, messagesModels } from './anthropic-messages/models.ts';
import type { Dialect } from './dialect.ts';
import { openAiChat } from './openai-chat/index.ts';
import { chatModel, chatModels } from './openai-chat/models.ts';

/** Where models are listed, by paths that several formats share. */
export const modelPaths = ['/v1/models', '/models'] as const;

/** How models are written. */
interface ModelFormat {
  /** For errors. */
  dialect: Dialect;
  one(id: string): object;
  all(ids: readonly string[]): object;
}

/** Returns how models are written to a client with these headers. */
export function modelFormatFor(headers: Readonly<Record<string, unknown>>): ModelFormat {
  return isMessagesClient(headers)
    ? { dialect: anthropicMessages, one: messagesModel, all: messagesModels }
    : { dialect: openAiChat, one: chatModel, all: chatModels };
}
