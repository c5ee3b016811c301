import { aiSdkClients } from './ai-sdk.ts';
import { anthropicClients } from './anthropic.ts';
import { langchainClients } from './langchain.ts';
import { openAiChatClients } from './openai-chat.ts';
import { openAiResponsesClients } from './openai-responses.ts';
import type { SdkClient } from './sdk-client.ts';

/** Every SDK, in every way that people use it. */
export const sdkClients: Readonly<Record<string, SdkClient>> = {
  ...openAiChatClients,
  ...openAiResponsesClients,
  ...anthropicClients,
  ...aiSdkClients,
  ...langchainClients,
};
