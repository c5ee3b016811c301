import { ChatOpenAI } from '@langchain/openai';
import { createEventSource } from 'eventsource-client';

import { addEvent, postOptions, type Client } from './client.ts';
import { model } from './model.ts';

/** Clients that run in Node, with the additions of docs/clients.md. */

const eventsourceClient: Client = async (request, state, stop) => {
  let problem = 'the connection failed';
  const source = createEventSource({
    url: request.url,
    ...postOptions(request),
    async fetch(url, init) {
      const response = await fetch(url, init);
      const { ok, status, headers } = response;
      if (ok && headers.get('content-type')?.startsWith('text/event-stream') === true) {
        problem = 'the stream ended before its final message';
        return response;
      }
      problem = `status ${status}`;
      throw new Error(problem);
    },
    onScheduleReconnect: () => source.close(),
  });
  stop.addEventListener('abort', () => source.close());
  for await (const { event, data } of source) {
    if (!addEvent(state, event, data)) continue;
    source.close();
    return;
  }
  throw new Error(problem);
};

const langchain: Client = async ({ baseURL, prompt }, state, signal) => {
  const chat = new ChatOpenAI({
    model,
    apiKey: 'any',
    maxRetries: 2,
    configuration: { baseURL },
  });
  let finishReason: unknown;
  for await (const { text, response_metadata } of await chat.stream(prompt, { signal })) {
    state.text += text;
    finishReason = response_metadata['finish_reason'] ?? finishReason;
  }
  if (typeof finishReason !== 'string') throw new Error('the answer has no finish reason');
};

export const carefulClients: Readonly<Record<string, Client>> = {
  'eventsource-client': eventsourceClient,
  'langchain-stream': langchain,
};
