import * as aiSdk from './ai-sdk.ts';
import * as anthropic from './anthropic.ts';
import type { Client } from './client.ts';
import { chatModelStream } from './langchain.ts';
import * as openai from './openai.ts';

/** Name in the table → client of a provider's format that runs in Node; the slowest first. */
export const sdkClients: Readonly<Record<string, Client>> = {
  'langchain-stream': chatModelStream,
  'ai-generate-text': aiSdk.generateTextWith(aiSdk.openAiChat),
  'ai-text-stream': aiSdk.textStreamLoop(aiSdk.openAiChat),
  'ai-stream-text': aiSdk.streamTextWithErrors(aiSdk.openAiChat),
  'ai-stream-text-responses': aiSdk.streamTextWithErrors(aiSdk.openAiResponses),
  'ai-stream-text-anthropic': aiSdk.streamTextWithErrors(aiSdk.anthropic),
  'openai-chat-loop': openai.chatLoop,
  'openai-chat-helper': openai.chatHelper,
  'openai-responses-loop': openai.responsesLoop,
  'openai-responses-helper': openai.responsesHelper,
  'anthropic-loop': anthropic.messagesLoop,
  'anthropic-final-message': anthropic.messagesHelper,
};
