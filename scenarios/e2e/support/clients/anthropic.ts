import Anthropic from '@anthropic-ai/sdk';

import type { ClientRequest } from '../../../clients/observe-client.ts';
import type { Client } from './client.ts';
import { model } from './model.ts';

const open = ({ baseURL }: ClientRequest) => new Anthropic({ baseURL, apiKey: 'any' });

const paramsOf = ({ prompt }: ClientRequest) => ({
  model,
  max_tokens: 4096,
  messages: [{ role: 'user' as const, content: prompt }],
});

export const messagesLoop: Client = async (request, state, signal) => {
  const stream = await open(request).messages.create(
    { ...paramsOf(request), stream: true },
    { signal },
  );
  for await (const event of stream) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      state.text += event.delta.text;
    }
  }
};

export const messagesHelper: Client = async (request, state, signal) => {
  const stream = open(request).messages.stream(paramsOf(request), { signal });
  stream.on('text', (delta) => (state.text += delta));
  const { content, stop_reason } = await stream.finalMessage();
  state.text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  state.finishReason = stop_reason;
};
