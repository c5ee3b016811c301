import { ChatOpenAI } from '@langchain/openai';

import type { Client } from './client.ts';
import { model } from './model.ts';

export const chatModelStream: Client = async ({ baseURL, prompt }, state, signal) => {
  const chat = new ChatOpenAI({ model, apiKey: 'any', configuration: { baseURL } });
  for await (const { text, response_metadata } of await chat.stream(prompt, { signal })) {
    state.text += text;
    const finishReason: unknown = response_metadata['finish_reason'];
    if (typeof finishReason === 'string') state.finishReason = finishReason;
  }
};
