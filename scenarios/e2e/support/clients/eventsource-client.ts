import { createEventSource } from 'eventsource-client';

import { addEvent, postOptions, type Client } from './client.ts';

/** The npm package `eventsource-client`, with POST. It reports no failures. */
export const eventsourceClient: Client = async (request, state, stop) => {
  const source = createEventSource({ url: request.url, ...postOptions(request) });
  stop.addEventListener('abort', () => source.close());
  for await (const { event, data } of source) {
    if (addEvent(state, event, data) && request.closedAtEnd) break;
  }
  source.close();
};
