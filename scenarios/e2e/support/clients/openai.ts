import OpenAI from 'openai';

import type { ClientRequest } from '../../../clients/observe-client.ts';
import { model } from './model.ts';
import type { Client } from './client.ts';

const open = ({ baseURL }: ClientRequest) => new OpenAI({ baseURL, apiKey: 'any' });

const chatOf = ({ prompt }: ClientRequest) => ({
  model,
  messages: [{ role: 'user' as const, content: prompt }],
});

export const chatLoop: Client = async (request, state, signal) => {
  const stream = await open(request).chat.completions.create(
    { ...chatOf(request), stream: true },
    { signal },
  );
  for await (const chunk of stream) state.text += chunk.choices[0]?.delta.content ?? '';
};

export const chatHelper: Client = async (request, state, signal) => {
  const stream = open(request).chat.completions.stream(chatOf(request), { signal });
  stream.on('content', (delta) => (state.text += delta));
  const { choices } = await stream.finalChatCompletion();
  state.text = choices[0]?.message.content ?? '';
};

export const responsesLoop: Client = async (request, state, signal) => {
  const stream = await open(request).responses.create(
    { model, input: request.prompt, stream: true },
    { signal },
  );
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') state.text += event.delta;
  }
};

export const responsesHelper: Client = async (request, state, signal) => {
  const stream = open(request).responses.stream({ model, input: request.prompt }, { signal });
  stream.on('response.output_text.delta', ({ delta }) => (state.text += delta));
  const { output_text, status } = await stream.finalResponse();
  state.text = output_text;
  state.finishReason = status ?? null;
};
